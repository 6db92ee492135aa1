import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { delimiter, dirname, join } from "node:path";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import type { Deployment } from "../../catalog/deployment.ts";
import { openPortWays, urlsOf } from "./port-ways.ts";

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "astratrade-ways-test-"));
  vi.stubEnv("PATH", `${folder}${delimiter}${process.env.PATH ?? ""}`);
});
afterEach(() => {
  vi.unstubAllEnvs();
  rmSync(folder, { recursive: true });
});

/** Puts a program in ssh's place that notes its arguments first. */
function ssh(script: string): void {
  const text = `#!/bin/sh\necho "$*" > '${folder}/called'\n${script}\n`;
  writeFileSync(join(folder, "ssh"), text, { mode: 0o755 });
}

const loopback = ["http://127.0.0.1:8000", "http://127.0.0.1:9090"];

test.each([
  ["an engine on this machine", "unix:///var/run/docker.sock", loopback],
  ["an engine that is reached on this machine's loopback", "tcp://127.0.0.1:2376", loopback],
  ["ports on another machine's address", "tcp://10.0.0.7:2376", ["http://10.0.0.7:8000"]],
  ["ports on its address, by ssh", "ssh://deploy@prod", ["http://prod:8000"]],
])("%s: no way is needed", async (_name, host, urls) => {
  ssh("exec cat");
  const { ways } = await openPortWays(host, urls);
  expect([...ways]).toEqual([]);
  expect(existsSync(join(folder, "called"))).toBe(false);
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

test("by ssh each port gets a socket here, until it is closed", async () => {
  ssh("exec cat");
  const { ways, close } = await openPortWays("ssh://deploy@prod", [
    ...loopback,
    "http://prod:3000",
  ]);
  const called = readFileSync(join(folder, "called"), "utf8").trim();
  const forwarded = [...called.matchAll(/-L (\S+?):(\S+)/g)].map(([, path, to]) => [to, path]);
  expect([...ways]).toEqual(forwarded.map(([to, path]) => [to, { socketPath: path }]));
  expect(forwarded.map(([to]) => to)).toEqual(["127.0.0.1:8000", "127.0.0.1:9090"]);
  expect(called).toMatch(/ deploy@prod cat$/);
  const place = dirname(forwarded[0]?.[1] ?? "");
  expect(existsSync(place)).toBe(true);
  close();
  expect(existsSync(place)).toBe(false);
});

test("where ssh gets nowhere, each port says why", async () => {
  ssh("echo 'connect to host prod port 22: No route to host' >&2; exit 255");
  const { ways } = await openPortWays("ssh://prod", loopback);
  const closed = "no way by ssh to prod: connect to host prod port 22: No route to host";
  expect([...ways]).toEqual([
    ["127.0.0.1:8000", { closed }],
    ["127.0.0.1:9090", { closed }],
  ]);
});

test.each([
  [["http://g:8000", null, null], ["http://g:8000"]],
  [
    ["", "http://p:9090", "http://f:3000"],
    ["http://p:9090", "http://f:3000"],
  ],
])("of the addresses %j the stack answers at %j", ([gateway, prometheusUrl, grafanaUrl], urls) => {
  expect(urlsOf({ gatewayUrl: gateway, prometheusUrl, grafanaUrl } as Deployment)).toEqual(urls);
});
