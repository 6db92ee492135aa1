import type { Server } from "node:http";
import { setTimeout as sleep } from "node:timers/promises";
import type { LogOutput } from "./logger.ts";

export interface ShutdownStep {
  readonly name: string;
  readonly run: () => Promise<void> | void;
}

/** The engine kills what has not ended in 15 s. */
const shutdownDeadlineMs = 10_000;

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

/**
 * Stops accepting, lets requests that are under way end, and closes what is left at the deadline.
 * @param deadlineMs for requests under way
 */
export async function closeServer(server: Server, deadlineMs: number): Promise<void> {
  const closed = new Promise<void>((resolve) => server.close(() => resolve()));
  await Promise.race([closed, sleep(deadlineMs, undefined, { ref: false })]);
  server.closeAllConnections();
  await closed;
}
