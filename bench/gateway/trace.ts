import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { LoadOptions } from "./load.ts";
import type { RunningPeer } from "./measure.ts";
import { quantile } from "./statistics.ts";

/** One request of a run. */
export interface Shot {
  /** When it was due, in ms from the start of the run. */
  readonly atMs: number;
  readonly latencyMs: number;
  /** Status, or `refused`, `broken`, `timeout`. */
  readonly status: string;
}

/** What a stretch of a run looked like to clients. */
export interface Stretch {
  readonly statuses: Readonly<Record<string, number>>;
  readonly p95Ms: number;
  readonly maxMs: number;
}

/** Puts load on a gateway, and gives every single request. */
export async function traceLoad(
  running: RunningPeer,
  options: Partial<LoadOptions>,
): Promise<Shot[]> {
  const dir = await mkdtemp(join(tmpdir(), "astratrade-bench-trace-"));
  try {
    const trace = join(dir, "trace");
    await running.load({ ...options, trace });
    return parseTrace(await readFile(trace, "utf8"));
  } finally {
    await rm(dir, { recursive: true, force: true });
  }
}

/** @param text a line a request: begin and latency in ms, status */
export function parseTrace(text: string): Shot[] {
  return text
    .split("\n")
    .filter((line) => line !== "")
    .map((line) => {
      const [atMs, latencyMs, status = "broken"] = line.split(" ");
      return { atMs: Number(atMs), latencyMs: Number(latencyMs), status };
    });
}

/** What requests due from a time on, and before another, came to. */
export function stretch(shots: readonly Shot[], fromMs: number, toMs: number): Stretch {
  const within = shots.filter(({ atMs }) => atMs >= fromMs && atMs < toMs);
  const latencies = within.map(({ latencyMs }) => latencyMs).sort((a, b) => a - b);
  const statuses: Record<string, number> = {};
  for (const { status } of within) statuses[status] = (statuses[status] ?? 0) + 1;
  return { statuses, p95Ms: quantile(latencies, 0.95), maxMs: latencies.at(-1) ?? Number.NaN };
}

/** When the last request was due, after a time, that was not answered 200; null when all were. */
export function lastBadAfter(shots: readonly Shot[], fromMs: number): number | null {
  const bad = shots.filter(({ atMs, status }) => atMs >= fromMs && status !== "200");
  return bad.at(-1)?.atMs ?? null;
}
