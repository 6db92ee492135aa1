import { createServer } from "node:net";
import type { Server } from "node:net";
import { setTimeout as sleep } from "node:timers/promises";

/**
 * The scenarios use fixed names and ports, so two runs on one engine would tear down each other's
 * containers. Whoever listens on this port of the loopback may run them; a process that dies gives
 * it up by itself.
 */
const PORT = 18_079;

const WAIT_MS = 45 * 60_000;

const POLL_MS = 1_000;

/** Waits until no other run is under way on this machine. @returns what ends the own one */
export async function takeScenarioLock(): Promise<() => Promise<void>> {
  const endsAt = Date.now() + WAIT_MS;
  for (;;) {
    const server = await listen();
    if (server !== undefined) return () => new Promise((resolve) => server.close(() => resolve()));
    if (Date.now() > endsAt) {
      throw new Error(
        `another run of the contract's scenarios holds port ${PORT} of this machine for ${WAIT_MS / 60_000} minutes`,
      );
    }
    await sleep(POLL_MS);
  }
}

function listen(): Promise<Server | undefined> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.once("error", (error: NodeJS.ErrnoException) => {
      if (error.code === "EADDRINUSE") resolve(undefined);
      else reject(error);
    });
    server.listen(PORT, "127.0.0.1", () => {
      // Held open, but no reason to keep a finished process alive.
      server.unref();
      resolve(server);
    });
  });
}
