import { cache, openBench } from "./bench.ts";
import { installLoad } from "./load.ts";
import { type RunningPeer, startPeer } from "./measure.ts";
import { oursIn } from "./peers/ours.ts";
import { answered, assertGood } from "./round.ts";
import { orderOf, spread } from "./statistics.ts";
import { digits, withSpread } from "./table.ts";

/**
 * Two clones of this repository, their gateways against each other: both run all the time and are asked in short turns, so that
 * what disturbs the machine touches both, and a change of a few per cent shows.
 *
 *     node --import tsx bench/gateway/compare.ts <clone before> <clone after> [turns]
 */
const [before, after, turns = "20"] = process.argv.slice(2);
if (before === undefined || after === undefined) {
  throw new Error("Name two clones: compare.ts <before> <after> [turns]");
}
const peers = [oursIn("before", "before", before), oursIn("after", "after", after)];
await installLoad(cache);
for (const peer of peers) await peer.install(cache);
await using bench = await openBench();
const gateways: { readonly name: string; readonly running: RunningPeer; us: number }[] = [];
for (const peer of peers) {
  gateways.push({ name: peer.name, running: await startPeer(peer, bench), us: 0 });
}
const ratios: number[] = [];
for (let turn = 0; turn <= Number(turns); turn += 1) {
  for (const gateway of orderOf(gateways, turn + 1)) gateway.us = await cpuUs(gateway);
  const [a, b] = gateways.map(({ us }) => us);
  // The first turn warms up.
  if (turn > 0) ratios.push((b ?? Number.NaN) / (a ?? Number.NaN));
}
for (const { running } of gateways) await running.stop();
const standardError = deviation(ratios) / Math.sqrt(ratios.length);
console.log(
  `CPU a request, after over before: ${withSpread(spread(ratios))}, mean ${digits(mean(ratios))} ± ${digits(standardError)}`,
);

async function cpuUs({ name, running }: { readonly name: string; readonly running: RunningPeer }) {
  const { cpuMs } = await running.usage();
  const result = await running.load({ durationMs: 1500, users: 3000, userPrefix: name });
  assertGood(result);
  return (((await running.usage()).cpuMs - cpuMs) * 1000) / answered(result);
}

function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}

function deviation(values: readonly number[]): number {
  const middle = mean(values);
  return Math.sqrt(mean(values.map((value) => (value - middle) ** 2)));
}
