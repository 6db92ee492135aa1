import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { barChart } from "./chart.ts";
import type { Machine } from "./machine.ts";
import { type Results, type Row, summarise } from "./results.ts";
import { spread } from "./statistics.ts";
import { markdownTable, withSpread } from "./table.ts";

export const resultsDir = join(import.meta.dirname, "..", "results");

/** Writes data, table and chart of the rounds that are done. */
export async function writeResults(results: Results): Promise<void> {
  const rows = summarise(results);
  await writeResult("gateway.json", `${JSON.stringify(results, null, 1)}\n`);
  await writeResult("gateway.md", renderTable(results, rows));
  await writeResult("gateway.svg", renderChart(rows));
}

export async function writeResult(name: string, text: string): Promise<void> {
  await mkdir(resultsDir, { recursive: true });
  await writeFile(join(resultsDir, name), text);
}

export function renderTable(results: Results, rows: readonly Row[]): string {
  const { limits, direct, rounds } = results;
  const count = Math.max(0, ...rounds.map(({ round }) => round));
  return [
    "# Gateways at the same work",
    "",
    `Proxy, ${limits.cpus} CPU and ${limits.memoryMb} MiB, 200 requests a minute and user, breaker, metrics, access log; 50 connections. ${count} rounds; middle (least–most).`,
    `CPU over ours: of the same round, so that what disturbed the machine touches both.`,
    "",
    markdownTable(
      [
        "gateway",
        "counts in",
        "CPU µs a request",
        "CPU over ours",
        "requests/s",
        "p50 ms",
        "p99 ms",
        "p99 ms at 1,000/s",
        "memory MiB",
      ],
      rows.map((row) => [
        row.isOurs ? `**${row.title}**` : row.title,
        row.limitIn === "redis" ? "Redis" : "own memory",
        withSpread(row.cpuUs),
        withSpread(row.cpuOverOurs),
        withSpread(row.requestsPerSecond),
        withSpread(row.p50Ms),
        withSpread(row.p99Ms),
        withSpread(row.openP99Ms),
        withSpread(row.memoryMb),
      ]),
    ),
    "",
    `The generator alone, without a gateway between it and the upstream: ${Math.round((direct.requests / direct.elapsedMs) * 1000).toLocaleString("en-US")} requests/s, p99 ${direct.p99Ms} ms.`,
    "",
    renderMachine(results.machine),
    renderLoad(results),
    "",
    ...results.failures.map(
      ({ peer, round, message }) => `- ${peer} in round ${round}: ${message}`,
    ),
    "",
  ].join("\n");
}

/** The benchmark alone makes about 3 on two cores. With more, microseconds are longer than they need be. */
function renderLoad({ rounds }: Results): string {
  if (rounds.length === 0) return "";
  const loads = spread(rounds.map(({ loadAverage }) => loadAverage));
  return `Load average while it ran: ${withSpread(loads)}; the benchmark alone makes about 3, the rest is other work on the same cores.`;
}

export function renderMachine(machine: Machine): string {
  return `${machine.startedAt.slice(0, 16).replace("T", " ")} UTC; ${machine.processor}, ${machine.cores} cores, ${machine.memoryGb} GB, Linux ${machine.kernel}, control groups v${machine.cgroups}; Node ${machine.node}, Go ${machine.go}, Redis ${machine.redis}; commit ${machine.commit}. Load average before the run: ${machine.loadBefore}.`;
}

function renderChart(rows: readonly Row[]): string {
  return barChart(
    rows.map(({ title, limitIn, isOurs, cpuUs }) => ({
      label: limitIn === "redis" ? title : `${title} (own memory)`,
      value: cpuUs.median,
      min: cpuUs.min,
      max: cpuUs.max,
      marked: isOurs,
    })),
    {
      title: "CPU time a proxied request, µs (less is better)",
      subtitle:
        "1 CPU, 512 MiB, 50 connections; limit a user, breaker, metrics, access log. Bar: middle round; line: least to most.",
    },
  );
}
