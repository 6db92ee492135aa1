import { execFileSync } from "node:child_process";
import { randomInt } from "node:crypto";
import { rmSync } from "node:fs";
import type { EnginePlace } from "./engine-place.ts";

/** Ends of the pair of network devices between this machine and the engine's. */
export interface EngineNetwork {
  readonly here: string;
  readonly there: string;
  /**
   * Address and length of the engine's default bridge. The usual one exists on this machine too, and would pass for a sign
   * that both share their ports.
   */
  readonly bridge: string;
}

/**
 * Makes a network namespace and a veth pair into it: the engine has addresses, ports, bridges and packet filters of its
 * own, and shares no loopback with this machine, like one on another host. It has no way to the internet.
 * @throws Error with what `ip` says
 */
export function makeNetwork({ name, devices }: EnginePlace): EngineNetwork {
  const network = freeAddresses();
  const { here, there } = network;
  ip("netns", "add", name);
  ip("link", "add", devices.here, "type", "veth", "peer", "name", devices.there);
  ip("link", "set", devices.there, "netns", name);
  ip("addr", "add", `${here}/30`, "dev", devices.here);
  ip("link", "set", devices.here, "up");
  ip("-n", name, "addr", "add", `${there}/30`, "dev", devices.there);
  ip("-n", name, "link", "set", "lo", "up");
  ip("-n", name, "link", "set", devices.there, "up");
  ip("-n", name, "route", "add", "default", "via", here);
  return network;
}

/** Takes away whatever there is of it. A namespace lives on while it has processes, so those must have ended. */
export function removeNetwork({ name, namespace, devices }: EnginePlace): void {
  for (const args of [
    ["link", "delete", devices.here],
    ["netns", "delete", name],
  ]) {
    try {
      ip(...args);
    } catch {
      // It is not there.
    }
  }
  rmSync(namespace, { force: true });
}

/** Two addresses in a /30, and a /24 beside, that no route of this machine leads to. */
function freeAddresses(): EngineNetwork {
  const attempts = 100;
  for (let attempt = 0; attempt < attempts; attempt += 1) {
    // Below 10.192.0.0/10, where the stacks of tests have their networks.
    const start = `10.${randomInt(64, 192)}`;
    const third = randomInt(128) * 2;
    const base = randomInt(64) * 4;
    const here = `${start}.${third}.${base + 1}`;
    const there = `${start}.${third}.${base + 2}`;
    const bridge = `${start}.${third + 1}.1`;
    if (![here, there, bridge].some(isTaken)) return { here, there, bridge: `${bridge}/24` };
  }
  throw new Error(`None of ${attempts} networks in 10.64.0.0/10 and 10.128.0.0/10 is free here.`);
}

/** The default route leads everywhere and takes nothing. */
function isTaken(address: string): boolean {
  return ip("-o", "route", "show", "match", address)
    .split("\n")
    .some((route) => route !== "" && !route.startsWith("default"));
}

function ip(...args: string[]): string {
  return execFileSync("ip", args, { encoding: "utf8", timeout: 10_000, stdio: "pipe" });
}
