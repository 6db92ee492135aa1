import { lookup } from "node:dns/promises";
import { once } from "node:events";
import { createServer, type RequestListener, type Server } from "node:http";
import { isIP } from "node:net";
import { describeCauses } from "../../kit/errors.ts";
import type { Logger } from "../../kit/logger.ts";

/** The server of the admin port, or the wish to have one: the gateway works without. */
export interface AdminServer {
  /** Where it listens; null while it does not. */
  address(): { readonly host: string; readonly port: number } | null;
  /** Settles after the first attempt to listen, whatever came of it. */
  readonly tried: Promise<void>;
  close(): Promise<void>;
}

export interface AdminServerOptions {
  /** Name or address that it listens at. A name must lead to an address of this machine that only those who watch reach. */
  readonly host: string;
  readonly port: number;
  readonly handle: RequestListener;
  readonly logger: Logger;
  /** @default the system's resolver, which asks the engine's */
  readonly resolve?: (host: string) => Promise<string>;
  /** Pause before the next attempt, and between two looks at whether the address is still the same. In ms. */
  readonly pauses?: { readonly retryMs: number; readonly checkMs: number };
}

/**
 * Listens where `host` leads to, and nowhere else. A name that is not known yet, as while a container's networks are being
 * joined, is tried again for as long as the process lives; an address that has changed since, as after a network was left and
 * joined again, is followed.
 */
export function startAdminServer(options: AdminServerOptions): AdminServer {
  const { host, port, handle, logger } = options;
  const resolve = options.resolve ?? resolveIPv4;
  const { retryMs, checkMs } = options.pauses ?? { retryMs: 2000, checkMs: 30_000 };
  let current: { readonly server: Server; readonly host: string; readonly port: number } | null =
    null;
  let lastProblem: string | undefined;
  let closed = false;
  let timer: NodeJS.Timeout | undefined;

  async function look(): Promise<void> {
    try {
      await follow(await resolve(host));
      lastProblem = undefined;
    } catch (error) {
      const problem = describeCauses(error);
      // Said once, and not every two seconds.
      if (problem !== lastProblem) {
        logger.warn({ host, port, reason: problem }, "no admin port yet; it is tried again");
      }
      lastProblem = problem;
    }
    if (closed) return;
    timer = setTimeout(() => void look(), current === null ? retryMs : checkMs);
    timer.unref();
  }

  async function follow(address: string): Promise<void> {
    if (closed || current?.host === address) return;
    const server = await listen(handle, address, port);
    // Closing may have begun while it came up.
    if (isClosed()) {
      await end(server);
      return;
    }
    const before = current;
    const bound = server.address();
    current = {
      server,
      host: address,
      port: bound !== null && typeof bound === "object" ? bound.port : port,
    };
    logger.info({ host, address, port: current.port }, "the admin port is open");
    if (before !== null) await end(before.server);
  }

  const isClosed = (): boolean => closed;

  return {
    address: () => (current === null ? null : { host: current.host, port: current.port }),
    tried: look(),
    close: async () => {
      closed = true;
      clearTimeout(timer);
      if (current !== null) await end(current.server);
      current = null;
    },
  };
}

async function listen(handle: RequestListener, host: string, port: number): Promise<Server> {
  const server = createServer(serverOptions, handle);
  // A few people and a Prometheus.
  server.maxConnections = 64;
  server.listen(port, host);
  await once(server, "listening");
  return server;
}

const serverOptions = {
  keepAliveTimeout: 65_000,
  headersTimeout: 5000,
  requestTimeout: 10_000,
  connectionsCheckingInterval: 5000,
} as const;

async function end(server: Server): Promise<void> {
  const ended = once(server, "close");
  server.close();
  server.closeAllConnections();
  await ended;
}

async function resolveIPv4(host: string): Promise<string> {
  if (isIP(host) !== 0) return host;
  const { address } = await lookup(host, { family: 4 });
  return address;
}
