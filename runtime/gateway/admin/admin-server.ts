import { lookup } from "node:dns/promises";
import { once } from "node:events";
import { createServer, type RequestListener, type Server } from "node:http";
import { BlockList, isIP } from "node:net";
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
  /** @returns all IPv4 addresses of a name. @default the system's resolver, which asks the engine's */
  readonly resolve?: (host: string) => Promise<readonly string[]>;
  /** Pause before the next attempt, and between two looks at whether the address is still the same. In ms. */
  readonly pauses?: { readonly retryMs: number; readonly checkMs: number };
}

/**
 * Listens at one address that `host` leads to, and nowhere else: where it leads to several, at the first that is this
 * machine's. A name that is not known yet, as while a container's networks are being joined, or that leads to others or to
 * every network, is tried again for as long as the process lives; an address that has changed since, as after a network was
 * left and joined again, is followed.
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
        const what =
          current === null
            ? "no admin port yet; it is tried again"
            : "the admin port stays where it is: its name does not lead to an address of this machine";
        logger.warn({ host, port, reason: problem }, what);
      }
      lastProblem = problem;
    }
    if (closed) return;
    timer = setTimeout(() => void look(), current === null ? retryMs : checkMs);
    timer.unref();
  }

  async function follow(addresses: readonly string[]): Promise<void> {
    if (current !== null && addresses.includes(current.host)) return;
    let problem: unknown = new Error(`"${host}" has no address`);
    for (const address of addresses) {
      try {
        await move(address);
        return;
      } catch (error) {
        problem = error;
      }
    }
    throw problem;
  }

  async function move(address: string): Promise<void> {
    if (isClosed()) return;
    refuseEverywhere(address);
    const server = await listen(handle, address, port);
    // Such as too many open files. Without a listener it would end the process.
    server.on("error", (error) => logger.error({ err: error }, "the admin port failed"));
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

/** Resolvers that block a name may answer with this address, and then every service would reach the port. */
function refuseEverywhere(address: string): void {
  if (everywhere.check(address, isIP(address) === 6 ? "ipv6" : "ipv4")) {
    throw new Error(`${address} means every network that this machine is in`);
  }
}

const everywhere = new BlockList();
everywhere.addAddress("0.0.0.0");
everywhere.addAddress("::", "ipv6");

async function resolveIPv4(host: string): Promise<readonly string[]> {
  if (isIP(host) !== 0) return [host];
  const found = await lookup(host, { family: 4, all: true });
  return found.map(({ address }) => address);
}
