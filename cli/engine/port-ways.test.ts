import { expect, test } from "vitest";
import { openPortWays } from "./port-ways.ts";

const loopback = ["http://127.0.0.1:8000", "http://127.0.0.1:9090"];

test.each([
  ["an engine on this machine", "unix:///var/run/docker.sock", loopback],
  ["an engine that is reached on this machine's loopback", "tcp://127.0.0.1:2376", loopback],
  ["ports on another machine's address", "tcp://10.0.0.7:2376", ["http://10.0.0.7:8000"]],
  ["ports on its address, by ssh", "ssh://deploy@prod", ["http://prod:8000"]],
])("%s: no way is needed", async (_name, host, urls) => {
  const { ways } = await openPortWays(host, urls);
  expect([...ways]).toEqual([]);
});

test("behind TLS there is no way to the other machine's loopback, and it is said what to set", async () => {
  const { ways } = await openPortWays("tcp://engine.example:2376", loopback);
  const closed =
    "the port is bound to the loopback of engine.example, where only that machine reaches it; " +
    "set astratrade:bindAddress to an address of that machine, or reach the engine by ssh";
  expect([...ways]).toEqual([
    ["127.0.0.1:8000", { closed }],
    ["127.0.0.1:9090", { closed }],
  ]);
});
