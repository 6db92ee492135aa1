import { createServer, type AddressInfo } from "node:net";
import { expect, test } from "vitest";
import { takePorts } from "./sandbox-ports.ts";

test("no two stacks of a test get the same port, though neither listens yet", async () => {
  const stacks: number[][] = [];
  for (let stack = 0; stack < 50; stack += 1) stacks.push(await takePorts(11));
  const ports = stacks.flat();
  expect(new Set(ports).size).toBe(550);
  expect(Math.max(...ports)).toBeLessThan(32_768);
});

test("a port that somebody listens on is not given", async () => {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  const drawn = [port - 1, 31_000];
  expect(await takePorts(2, () => drawn.shift() ?? 0)).toEqual([31_000, 31_001]);
  await new Promise((resolve) => server.close(resolve));
});
