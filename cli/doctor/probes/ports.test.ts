import { spawn } from "node:child_process";
import { createServer, type Server } from "node:net";
import { createInterface } from "node:readline";
import { afterEach, beforeEach, expect, onTestFinished, test } from "vitest";
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

/** Listens on a port, and lets go of it at the end of the test. */
async function listen(at: number): Promise<boolean> {
  const other = createServer();
  const isOurs = await new Promise<boolean>((resolve) => {
    other.once("error", () => resolve(false));
    other.listen(at, "127.0.0.1", () => resolve(true));
  });
  if (isOurs) onTestFinished(() => void other.close());
  return isOurs;
}

test("the port in its place is one that nobody has and nobody wants", async () => {
  // All four are below the ports that the kernel gives away by itself.
  for (let base = 2000; base < 2768; base += 1) {
    const looks = await probePorts(
      "127.0.0.1",
      [0, 1, 2, 3].map((tens) => base + tens * 10_000),
    );
    if (looks.some(({ bind }) => bind !== "free")) continue;
    expect(await listen(base)).toBe(true);
    expect(await listen(base + 10_000)).toBe(true);
    const [look] = await probePorts("127.0.0.1", [base, base + 20_000]);
    expect(look?.free).toBe(base + 30_000);
    return;
  }
  expect.unreachable("no four ports are free");
});

test("above the highest port there is none to propose", async () => {
  let high = 65_535;
  while (!(await listen(high))) high -= 1;
  expect((await probePorts("127.0.0.1", [high]))[0]).toMatchObject({ bind: "taken", free: null });
});

/** Another process, which listens on one port of sixteen further addresses. */
const listenElsewhere = `
  const { createServer } = require("node:net");
  for (let left = 16; left > 0; left -= 1) {
    createServer().listen(Number(process.argv[1]), "127.0.0." + (left + 1), () => console.log("listens"));
  }
`;

test.runIf(process.platform === "linux")(
  "of several who listen on a port, the one is named who is in the way",
  async () => {
    // In the kernel's table they stand in no order, so that ours is hardly ever the first.
    const other = spawn(process.execPath, ["-e", listenElsewhere, String(port)]);
    onTestFinished(() => void other.kill("SIGKILL"));
    const lines = createInterface({ input: other.stdout })[Symbol.asyncIterator]();
    for (let count = 0; count < 16; count += 1) expect((await lines.next()).value).toBe("listens");
    const [look] = await probePorts("127.0.0.1", [port]);
    expect(look?.process?.pid).toBe(process.pid);
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
