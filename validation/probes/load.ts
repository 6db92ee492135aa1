import { paths } from "../../catalog/endpoints.ts";
import type { LoadFacts } from "../evidence.ts";
import { syntheticUserPrefix } from "../options.ts";
import { callerHeaders } from "./identity.ts";
import type { Probe } from "./probe.ts";

const requests = 200;
const concurrency = 10;

/** A short load on the gateway's health page: enough to see the CPU limit bite, too little to disturb anybody. */
export const probeLoad: Probe<"load"> = async (context): Promise<LoadFacts> => {
  const { deployment, http, signal } = context;
  const url = deployment.gatewayUrl + paths.health;
  const durationsMs: number[] = [];
  let failures = 0;
  let started = 0;
  const lane = async (index: number): Promise<void> => {
    // A user for each lane, so that a limit per user is not what is measured.
    const own = callerHeaders(context, `${syntheticUserPrefix}load-${index}`);
    while (started < requests && !signal.aborted) {
      started++;
      const answer = await http.send({ url, headers: own, signal });
      durationsMs.push(answer.durationMs);
      if (answer.status !== 200) failures++;
    }
  };
  await Promise.all(Array.from({ length: concurrency }, (_, index) => lane(index)));
  signal.throwIfAborted();
  return {
    path: paths.health,
    requests,
    concurrency,
    failures,
    p50Ms: percentile(durationsMs, 50),
    p95Ms: percentile(durationsMs, 95),
    maxMs: percentile(durationsMs, 100),
  };
};

/**
 * Nearest-rank percentile: the smallest value that at least `percent` % of the values do not exceed.
 * @param percent above 0, up to 100
 * @returns NaN without values
 */
export function percentile(values: readonly number[], percent: number): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.ceil((percent / 100) * sorted.length) - 1] ?? Number.NaN;
}
