import { Pool } from "undici";
import { paths } from "../../catalog/endpoints.ts";
import type { LoadFacts, LoadRound } from "../evidence.ts";
import { requireGateway } from "./gateway.ts";
import type { Probe } from "./probe.ts";

const requests = 200;
const concurrency = 10;
const timeoutMs = 5_000;

/**
 * How often the load is made. The first one also warms the gateway up, and whatever else the machine does can only add to a
 * time, so the best of three says most about the gateway.
 */
const rounds = 3;

/** Failed requests after which there is nothing more to learn; each may have taken the whole timeout. */
const enoughFailures = 10;

/**
 * A short load on the gateway's health page: enough to see the CPU limit bite, too little to disturb anybody. Its client
 * is leaner than the other probes', since on one machine the client's own work shows in what it measures.
 */
export const probeLoad: Probe<"load"> = async (context): Promise<LoadFacts> => {
  const { deployment, signal, ways } = context;
  requireGateway(context.found);
  const { origin, host } = new URL(deployment.gatewayUrl);
  const way = ways?.get(host);
  const client = new Pool(origin, {
    connections: concurrency,
    ...(way !== undefined && "socketPath" in way && { socketPath: way.socketPath }),
    headersTimeout: timeoutMs,
    bodyTimeout: timeoutMs,
  });
  // In nobody's name, as the plan's `ab`: that is free of limits, which are not what is measured.
  const ask = async (): Promise<number> => {
    const answer = await client.request({ path: paths.health, method: "GET", signal });
    await answer.body.dump();
    return answer.statusCode;
  };
  try {
    const measured: LoadRound[] = [];
    while (measured.length < rounds && measured.every(({ failures }) => failures === 0)) {
      measured.push(await measureRound(ask, signal));
    }
    return { path: paths.health, requests, concurrency, rounds: measured };
  } finally {
    await client.destroy();
  }
};

async function measureRound(ask: () => Promise<number>, signal: AbortSignal): Promise<LoadRound> {
  const durationsMs: number[] = [];
  let failures = 0;
  let started = 0;
  const runLane = async (): Promise<void> => {
    while (started < requests && failures < enoughFailures && !signal.aborted) {
      started++;
      const startMs = performance.now();
      // A refused or silent connection is a failed request, not a failed measurement.
      const status = await ask().catch(() => 0);
      durationsMs.push(performance.now() - startMs);
      if (status !== 200) failures++;
    }
  };
  await Promise.all(Array.from({ length: concurrency }, runLane));
  signal.throwIfAborted();
  const atPercent = (percent: number) => Math.round(percentile(durationsMs, percent) * 10) / 10;
  return { failures, p50Ms: atPercent(50), p95Ms: atPercent(95), maxMs: atPercent(100) };
}

/**
 * Nearest-rank percentile: the smallest value that at least `percent` % of the values do not exceed.
 * @param percent above 0, up to 100
 * @returns NaN without values
 */
export function percentile(values: readonly number[], percent: number): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.ceil((percent / 100) * sorted.length) - 1] ?? Number.NaN;
}
