import { randomInt } from "node:crypto";
import { createServer } from "node:net";

/**
 * Below the range from which Linux takes ports for outgoing connections and for `listen(0)`, which begins at 32768: nothing
 * else comes upon them between now and the deploy.
 */
const range = { first: 16_000, last: 32_000 };
const mostTries = 100;

/** What this process has given away; a stack that is not deployed yet does not listen on its ports. */
const given = new Set<number>();

/**
 * @param pick draws a whole number from the first up to and without the second
 * @returns host ports in a row that nobody listens on and no earlier call was given
 */
export async function takePorts(
  count: number,
  pick: (from: number, to: number) => number = randomInt,
): Promise<number[]> {
  for (let attempt = 0; attempt < mostTries; attempt += 1) {
    const first = pick(range.first, range.last - count);
    const ports = Array.from({ length: count }, (_, index) => first + index);
    if (ports.some((port) => given.has(port))) continue;
    if (!(await Promise.all(ports.map(isFree))).every(Boolean)) continue;
    for (const port of ports) given.add(port);
    return ports;
  }
  throw new Error(`no ${count} free ports in a row between ${range.first} and ${range.last}`);
}

function isFree(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once("error", () => resolve(false));
    server.listen({ port, host: "127.0.0.1", exclusive: true }, () => {
      server.close(() => resolve(true));
    });
  });
}
