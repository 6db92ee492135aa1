import { get } from "node:http";
import { paths } from "../../catalog/endpoints.ts";

/**
 * Asks the gateway itself a few hundred times, each on a connection of its own, so that the first load meets compiled code: in
 * half a core a cold gateway takes twice the time a request. It takes about half a second there, beside everything else. What goes wrong
 * here shows elsewhere, so nothing is reported.
 */
export async function warmUp(port: number): Promise<void> {
  const endMs = performance.now() + deadlineMs;
  const workers = Array.from({ length: concurrency }, async () => {
    for (let count = 0; count < requests / concurrency; count += 1) {
      if (performance.now() < endMs) await ask(port);
    }
  });
  await Promise.all(workers);
}

const requests = 500;
const concurrency = 5;
const deadlineMs = 3000;

function ask(port: number): Promise<void> {
  return new Promise((resolve) => {
    const request = get(
      { host: "127.0.0.1", port, path: paths.health, agent: false, timeout: 1000 },
      (response) => response.resume().once("close", resolve),
    );
    request.once("timeout", () => request.destroy());
    request.once("error", () => resolve());
  });
}
