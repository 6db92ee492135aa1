import { createServer } from "node:net";
import { expect, test } from "vitest";
import { parseListeners, processOf, readListeners } from "./listeners.ts";

test("listening sockets of IPv4, and of IPv6 where they take IPv4 too", () => {
  const table = [
    "  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode",
    "   0: 0100007F:1F40 00000000:0000 0A 00000000:00000000 00:00000000 00000000  1000        0 31337 1 0 100 0",
    "   1: 00000000:0050 00000000:0000 0A 00000000:00000000 00:00000000 00000000     0        0 31338 1 0 100 0",
    "   2: 0100007F:1F40 0100007F:D431 01 00000000:00000000 00:00000000 00000000  1000        0 31339 1 0 100 0",
    "   3: 00000000000000000000000000000000:0BB8 00000000000000000000000000000000:0000 0A 0:0 0:0 0 1000 0 31340 1 0",
    "   4: 0000000000000000FFFF00000100007F:0BB9 00000000000000000000000000000000:0000 0A 0:0 0:0 0 1000 0 31341 1 0",
    "   5: 00000000000000000000000001000000:0BBA 00000000000000000000000000000000:0000 0A 0:0 0:0 0 1000 0 31342 1 0",
  ];
  expect(parseListeners(table.join("\n"))).toEqual([
    { port: 8000, address: "127.0.0.1", inode: "31337" },
    { port: 80, address: "0.0.0.0", inode: "31338" },
    { port: 3000, address: "0.0.0.0", inode: "31340" },
    { port: 3001, address: "127.0.0.1", inode: "31341" },
  ]);
});

test("the process that listens is found by its socket", async () => {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as { port: number };
  const listener = readListeners().find((it) => it.port === port);
  const found = process.platform === "linux" ? { pid: process.pid, name: "node" } : undefined;
  expect(listener && processOf(listener.inode)).toEqual(found && expect.objectContaining(found));
  server.close();
});

test("a socket that nobody has open belongs to nobody", () => {
  expect(processOf("0")).toBe(null);
});
