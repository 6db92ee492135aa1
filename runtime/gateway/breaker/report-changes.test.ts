import { Registry as MetricsRegistry } from "prom-client";
import { expect, test } from "vitest";
import { serviceNames } from "../../../catalog/services.ts";
import { createGatewayMetrics } from "../gateway-metrics.ts";
import { createRegistry, parseSeeds } from "../registry.ts";
import { createBreakers } from "./breakers.ts";
import { reportChanges } from "./report-changes.ts";

test("a line and a count for each change, and the state of every service from the start", async () => {
  let nowMs = 1_000_000;
  const clock = { nowMs: () => nowMs };
  const registry = createRegistry(clock, parseSeeds("trading=trading-service:8001"));
  const breakers = createBreakers({
    registry,
    clock,
    random: { hex: () => "", fraction: () => 0 },
  });
  const metrics = createGatewayMetrics(new MetricsRegistry());
  const lines: unknown[] = [];
  const note = (level: string) => (fields: unknown) => {
    lines.push({ level, ...(fields as object) });
  };
  reportChanges(breakers, metrics, { warn: note("warn"), info: note("info") });

  const state = async () => {
    const { values } = await metrics.circuitState.get();
    return Object.fromEntries(values.map(({ labels, value }) => [String(labels.service), value]));
  };
  const absent = Object.fromEntries(serviceNames.map((service) => [service, 2]));
  expect(await state()).toEqual({ ...absent, trading: 0 });

  for (let count = 0; count < 10; count += 1) {
    breakers.ofService("trading").tryAcquire()?.end("failure", 1);
  }
  expect(await state()).toMatchObject({ trading: 2 });
  nowMs += 500;
  breakers.tick();
  expect(await state()).toMatchObject({ trading: 1 });
  const [instance] = registry.usable("trading");
  if (instance === undefined) throw new Error("no instance");
  breakers.ofInstance(instance).force("open", 1000);

  expect(lines).toEqual([
    {
      level: "warn",
      upstream: "trading",
      upstreamInstance: null,
      from: "closed",
      to: "open",
      reason: "failure_rate",
      detail: "10 of the last 10 calls failed",
    },
    {
      level: "info",
      upstream: "trading",
      upstreamInstance: null,
      from: "open",
      to: "half_open",
      reason: "back_off_over",
      detail: "it was open for long enough",
    },
    {
      level: "warn",
      upstream: "trading",
      upstreamInstance: "trading-service:8001",
      from: "closed",
      to: "open",
      reason: "forced",
      detail: "an operator holds it open",
    },
  ]);
  const { values } = await metrics.circuitTransitions.get();
  expect(values.map(({ labels, value }) => [labels.to, labels.reason, value])).toEqual([
    ["open", "failure_rate", 1],
    ["half_open", "back_off_over", 1],
  ]);
});
