import type { Bench } from "./bench.ts";
import { barChart } from "./chart.ts";
import { renderMachine, writeResult } from "./report.ts";
import { spread } from "./statistics.ts";
import { digits, markdownTable, withSpread } from "./table.ts";

export interface AbRun {
  /** Which start of the gateway, and which run after it, both from 1. */
  readonly start: number;
  readonly number: number;
  readonly p50Ms: number;
  readonly p95Ms: number;
  readonly p99Ms: number;
}

/** What the plan promises for p95. */
const promisedMs = 100;

/** Writes data, table and chart. */
export async function writeAbResults(
  { machine, limits }: Bench,
  runs: readonly AbRun[],
): Promise<void> {
  const data = { schemaVersion: 1, machine, limits, promisedMs, runs };
  await writeResult("gateway-ab.json", `${JSON.stringify(data, null, 1)}\n`);
  await writeResult("gateway-ab.md", `${renderAb(runs)}\n${renderMachine(machine)}\n`);
  const bars = runs.map(({ start, number, p50Ms, p95Ms, p99Ms }) => ({
    label: number === 1 ? `start ${start}, first run` : `start ${start}, run ${number}`,
    value: p95Ms,
    min: p50Ms,
    max: p99Ms,
    marked: number === 1,
  }));
  await writeResult(
    "gateway-ab.svg",
    barChart(bars, {
      title: "ab -n 1000 -c 50 on /health within 0.5 CPU: p95 in ms",
      subtitle: `Promised: under ${promisedMs} ms. Line: p50 to p99. Dark: the first run after a start.`,
    }),
  );
}

export function renderAb(runs: readonly AbRun[]): string {
  const good = runs.filter(({ p95Ms }) => p95Ms < promisedMs).length;
  return [
    "# `ab -n 1000 -c 50` on /health within 0.5 CPU and 512 MiB",
    "",
    `p95 under ${promisedMs} ms in ${good} of ${runs.length} runs; p95 ${withSpread(spread(runs.map(({ p95Ms }) => p95Ms)))} ms. Limiter, metrics and logging as deployed; no answer was anything but 200.`,
    "",
    markdownTable(
      ["start", "run", "p50 ms", "p95 ms", "p99 ms"],
      runs.map(({ start, number, p50Ms, p95Ms, p99Ms }) => [
        String(start),
        String(number),
        ...[p50Ms, p95Ms, p99Ms].map(digits),
      ]),
    ),
    "",
  ].join("\n");
}
