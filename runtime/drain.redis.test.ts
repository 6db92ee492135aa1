import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it, vi } from "vitest";
import { buildRuntime } from "./build.ts";
import {
  type KeptAnswer,
  type KeptConnections,
  openKeptConnections,
} from "./kit/testing/kept-connections.ts";
import { startTestPlatform, type TestPlatform } from "./kit/testing/platform.ts";
import { waitUntil } from "./kit/testing/wait-until.ts";

const path = "/api/v1/trading/execute";
const trade = '{"asset_symbol":"BTC/USD","direction":"LONG","amount":1}';

// Ten processes on a machine that may have other things to do. No assertion depends on how long anything takes.
vi.setConfig({ testTimeout: 300_000, hookTimeout: 300_000 });
const patienceMs = 60_000;

let dir: string;
let platform: TestPlatform;
beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), "astratrade-drain-"));
  await buildRuntime(dir);
  platform = await startTestPlatform(dir, ["trading-2", "trading-3"]);
});
afterAll(async () => {
  await platform.stop();
  await rm(dir, { recursive: true, force: true });
});

function outcomes(answers: readonly KeptAnswer[]): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const { outcome } of answers) counts[outcome] = (counts[outcome] ?? 0) + 1;
  return counts;
}

async function more(load: KeptConnections, count = 200): Promise<void> {
  const before = load.answers.length;
  await waitUntil(() => load.answers.length >= before + count, {
    what: `${count} more answers`,
    deadlineMs: patienceMs,
  });
}

async function isBack(name: "trading-2" | "trading-3"): Promise<void> {
  const address = platform.url(name).slice("http://".length);
  await waitUntil(
    async () => {
      const text = await (await fetch(`${platform.url()}/services`)).text();
      const { services } = JSON.parse(text) as {
        services: Record<string, { instances: { address: string; status: string }[] }>;
      };
      const known = services["trading"]?.instances.find((one) => one.address === address);
      return known?.status === "healthy";
    },
    { what: `${name} is known`, deadlineMs: patienceMs },
  );
}

describe("SIGTERM of an instance of a service, under load on kept connections", () => {
  it("costs no request, not even one that nobody may repeat", async () => {
    const reads = openKeptConnections(platform.url(), { clients: 10, path });
    const trades = openKeptConnections(platform.url(), { clients: 10, path, body: trade });
    await more(trades);
    expect(await platform.end("trading-2", "SIGTERM")).toBe(0);
    await more(trades);
    platform.start("trading-2");
    await isBack("trading-2");
    await more(trades);
    expect(outcomes(await reads.stop())).toEqual({ 200: reads.answers.length });
    expect(outcomes(await trades.stop())).toEqual({ 201: trades.answers.length });
  });
});

describe("two of three instances dead, under load", () => {
  it("cost no request that may be repeated, and the others only in the moment itself", async () => {
    const trades = openKeptConnections(platform.url(), { clients: 5, path, body: trade });
    await more(trades, 50);
    for (const name of ["trading-2", "trading-3"] as const) {
      // Others for each: a request that loses the second instance as well as the first has had its two attempts.
      const reads = openKeptConnections(platform.url(), { clients: 10, path });
      await more(reads);
      expect(await platform.end(name, "SIGKILL")).toBe("SIGKILL");
      await more(reads);
      expect(outcomes(await reads.stop())).toEqual({ 200: reads.answers.length });
    }
    // By now the gateway has seen every connection end. What was cut off in the middle may have been done, and is not repeated.
    const later = openKeptConnections(platform.url(), { clients: 5, path, body: trade });
    await more(later, 100);
    expect(outcomes(await later.stop())).toEqual({ 201: later.answers.length });
    const seen = Object.keys(outcomes(await trades.stop()));
    expect(seen.filter((outcome) => outcome !== "201" && outcome !== "502")).toEqual([]);
    for (const name of ["trading-2", "trading-3"] as const) {
      platform.start(name);
      await isBack(name);
    }
  });
});

describe("SIGTERM of the gateway, under load on kept connections", () => {
  it("costs no request on a connection that it had taken", async () => {
    const origin = platform.url();
    const loads = [
      openKeptConnections(origin, { clients: 10, path }),
      openKeptConnections(origin, { clients: 10, path, body: trade }),
      // Clients with a pause between requests have idle connections when the port is closed.
      openKeptConnections(origin, { clients: 20, path, pauseMs: 300 }),
    ];
    for (const load of loads) await more(load, 50);
    expect(await platform.end("gateway", "SIGTERM")).toBe(0);
    const answers = (await Promise.all(loads.map((load) => load.stop()))).flat();
    const unexpected = answers.filter(
      ({ outcome, reused }) =>
        outcome !== 200 && outcome !== 201 && (reused || outcome !== "ECONNREFUSED"),
    );
    expect(unexpected).toEqual([]);
    expect(outcomes(answers)).toHaveProperty("ECONNREFUSED", 40);
  });
});
