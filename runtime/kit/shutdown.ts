import type { IncomingMessage, RequestListener, Server, ServerResponse } from "node:http";
import { Server as NetServer, type Socket } from "node:net";
import { setTimeout as sleep } from "node:timers/promises";
import type { LogOutput } from "./logger.ts";

export interface ShutdownStep {
  readonly name: string;
  readonly run: () => Promise<void> | void;
}

/** The engine kills what has not ended in 15 s. */
const shutdownDeadlineMs = 14_000;

/**
 * Ends the process on SIGTERM and SIGINT: the steps one after the other, then exit 0. A step that fails is logged and does
 * not stop the next. A second signal, or the deadline, ends the process at once.
 */
export function endOnSignal({ logger, flush }: LogOutput, steps: readonly ShutdownStep[]): void {
  let ending = false;
  const exit = (code: number): void => {
    flush();
    process.exit(code);
  };
  const end = async (signal: NodeJS.Signals): Promise<void> => {
    if (ending) {
      exit(1);
      return;
    }
    ending = true;
    logger.info({ signal }, "ending");
    setTimeout(() => {
      logger.error("ending took too long");
      exit(1);
    }, shutdownDeadlineMs).unref();
    for (const { name, run } of steps) {
      try {
        await run();
      } catch (error) {
        logger.error({ err: error, step: name }, "a step of ending failed");
      }
    }
    logger.info("ended");
    exit(0);
  };
  process.on("SIGTERM", (signal) => void end(signal));
  process.on("SIGINT", (signal) => void end(signal));
  // A bug: nothing can be trusted any more. The engine starts the container again.
  process.on("uncaughtException", (error) => {
    logger.fatal({ err: error }, "uncaught");
    exit(1);
  });
}

/** Ends a server without breaking a request. */
export interface Drain {
  /** From now on each answer ends its connection, so that clients go elsewhere by themselves. */
  begin(): void;
  /** Stops accepting, and settles when every connection has ended. */
  finish(): Promise<void>;
}

export interface DrainOptions {
  /** A connection is closed from our side when none had a request for so long. @default 500 */
  readonly quietMs?: number;
  /** For requests under way: more than the longest that one may take. @default 11 000 */
  readonly deadlineMs?: number;
}

const lookEveryMs = 50;
/** The port is closed when no connection has come for so long, and after `longestHoldMs` in any case. */
const acceptQuietMs = 50;
const longestHoldMs = 1000;

/**
 * Node's own `close()` cuts idle connections at once, and meets requests that clients have just sent on them. Here a connection
 * ends with an answer that says so, or after a time without any request: then nobody is about to send one. To new connections
 * the port is closed at once.
 * @param server must have no connections yet
 */
export function createDrain(
  server: Server,
  { quietMs = 500, deadlineMs = 11_000 }: DrainOptions = {},
): Drain {
  let lastRequestMs = performance.now();
  /** Requests under way of those that came since it began. */
  let underWay = 0;
  const connections = new Set<Socket>();
  server.on("connection", (socket) => {
    connections.add(socket);
    socket.once("close", () => connections.delete(socket));
  });

  function closeQuiet(): void {
    server.closeIdleConnections();
    // For Node one that has not sent anything yet is not idle.
    for (const socket of connections) if (socket.bytesRead === 0) socket.destroy();
  }

  return {
    begin: () => {
      lastRequestMs = performance.now();
      server.prependListener("request", (_request, response) => {
        lastRequestMs = performance.now();
        underWay += 1;
        response.once("close", () => (underWay -= 1));
        response.setHeader("connection", "close");
      });
    },
    finish: async () => {
      const endMs = performance.now() + deadlineMs;
      await closePort(server, () => underWay === 0);
      while (connections.size > 0 && performance.now() < endMs) {
        if (performance.now() - lastRequestMs >= quietMs) closeQuiet();
        await sleep(lookEveryMs);
      }
      server.closeAllConnections();
    },
  };
}

/**
 * Closes the port while no connection is on its way: the kernel resets those that it has taken and the process has not. So
 * requests wait for a moment; clients that have one open connection and wait for its answer open no other.
 * @param isIdle whether those that came before have been answered, since each of them may open a connection then
 */
async function closePort(server: Server, isIdle: () => boolean): Promise<void> {
  const held: [IncomingMessage, ServerResponse][] = [];
  const listeners = server.listeners("request") as RequestListener[];
  const hold: RequestListener = (request, response) => void held.push([request, response]);
  const endMs = performance.now() + longestHoldMs;
  let quietSinceMs = performance.now();
  server.on("connection", () => {
    quietSinceMs = performance.now();
  });
  server.removeAllListeners("request");
  server.on("request", hold);

  while (performance.now() < endMs && performance.now() - quietSinceMs < acceptQuietMs) {
    await sleep(2);
    if (!isIdle()) quietSinceMs = performance.now();
  }
  // Just after the loop has accepted what there was.
  await new Promise((resolve) => setImmediate(resolve));
  // Of the class below: that of HTTP servers closes idle connections first.
  NetServer.prototype.close.call(server);

  server.off("request", hold);
  for (const listener of listeners) server.on("request", listener);
  for (const [request, response] of held) server.emit("request", request, response);
}
