import { createServer, type Server } from "node:net";
import { afterEach, beforeEach, expect, test } from "vitest";
import { hasAddress, probePorts } from "./ports.ts";

let server: Server;
let port: number;
beforeEach(async () => {
  server = createServer();
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  ({ port } = server.address() as { port: number });
});
afterEach(async () => {
  await new Promise((resolve) => server.close(resolve));
});

test.runIf(process.platform === "linux")(
  "a port that is listened on, its process, and another port in its place",
  async () => {
    const [look] = await probePorts("127.0.0.1", [port]);
    expect(look).toMatchObject({ port, bind: "taken", process: { pid: process.pid } });
    if (port + 10_000 <= 65_535) expect(((look?.free ?? 0) - port) % 10_000).toBe(0);
  },
);

test("a listener on one address takes the port from all of them", async () => {
  expect((await probePorts("0.0.0.0", [port]))[0]?.bind).toBe("taken");
});

test("a port that was let go is free", async () => {
  await new Promise((resolve) => server.close(resolve));
  expect(await probePorts("127.0.0.1", [port])).toEqual([
    { port, bind: "free", process: null, free: null },
  ]);
});

test.each([
  ["127.0.0.1", true],
  ["0.0.0.0", true],
  // Set aside for documents: no machine has it.
  ["203.0.113.77", false],
])("this machine has %s: %s", async (address, has) => {
  expect(await hasAddress(address)).toBe(has);
});
