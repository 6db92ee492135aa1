import { expect, test } from "vitest";
import { isEngineHost, sharesPorts, type ThisMachine } from "./places.ts";
import { answeringEngine, engineInfo } from "./testing/facts.ts";

const machine: ThisMachine = {
  platform: "linux",
  hostname: "trader",
  kernel: "6.12.48",
  routes: [{ subnet: "172.17.0.0/16" }, { subnet: "192.0.2.0/24" }],
};
const tcp = { ...answeringEngine, host: "tcp://127.0.0.1:2375" };
const elsewhere = { ...answeringEngine, info: { ...engineInfo, hostname: "prod-1" } };
const desktop = {
  ...answeringEngine,
  info: { ...engineInfo, hostname: "docker-desktop", operatingSystem: "Docker Desktop" },
};
const inNamespace = { ...machine, routes: [{ subnet: "192.0.2.0/24" }] };
const rootless = { ...answeringEngine, info: { ...engineInfo, rootless: true } };
const mac = { ...machine, platform: "darwin", kernel: "25.1.0", routes: null };

test.each([
  ["on this machine", answeringEngine, machine, true, true],
  ["on this machine, by TCP", tcp, machine, true, true],
  ["in a network namespace of its own", answeringEngine, inNamespace, true, false],
  ["rootless", rootless, inNamespace, true, true],
  ["behind a socket that is forwarded from elsewhere", elsewhere, machine, false, false],
  ["in the machine of Docker Desktop, on Linux", desktop, machine, false, true],
  ["in a virtual machine on a Mac", elsewhere, mac, false, true],
  ["behind ssh, from a Mac", { ...elsewhere, host: "ssh://prod-1" }, mac, false, false],
])("an engine %s", (_case, engine, host, disk, ports) => {
  expect(isEngineHost(engine, host)).toBe(disk);
  expect(sharesPorts(engine, host)).toBe(ports);
});
