import { mkdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { readPercentile, readProblems } from "./ab-output.ts";
import { type AbRun, writeAbResults } from "./ab-report.ts";
import { type Bench, cache, openBench } from "./bench.ts";
import { installDebian } from "./debian.ts";
import { startPeer } from "./measure.ts";
import { ours } from "./peers/ours.ts";
import { run } from "./process.ts";

/** Starts of the gateway, and runs after each: the first comes as soon as it says that it is ready. */
const starts = 4;
const runsPerStart = 5;

await mkdir(cache.dir, { recursive: true });
await installDebian(cache);
await ours.install(cache);
await using bench = await openBench({ cpus: 0.5, memoryMb: 512 });
const runs: AbRun[] = [];
for (let start = 1; start <= starts; start += 1) {
  const gateway = await startPeer(ours, bench);
  for (let number = 1; number <= runsPerStart; number += 1) {
    const result = { start, number, ...(await runAb(bench, gateway.port)) };
    console.log(`start ${start}, run ${number}: p95 ${result.p95Ms} ms`);
    runs.push(result);
  }
  await gateway.stop();
}
await writeAbResults(bench, runs);

/** The plan's line. @throws Error when a request failed or was not answered 200 */
async function runAb({ workDir }: Bench, port: number) {
  const percentiles = join(workDir, "ab.csv");
  const url = `http://127.0.0.1:${port}/health`;
  const output = await run("ab", ["-q", "-n", "1000", "-c", "50", "-e", percentiles, url]);
  const problems = readProblems(output);
  if (problems.length > 0) throw new Error(`ab found: ${problems.join(", ")}`);
  const csv = await readFile(percentiles, "utf8");
  return {
    p50Ms: readPercentile(csv, 50),
    p95Ms: readPercentile(csv, 95),
    p99Ms: readPercentile(csv, 99),
  };
}
