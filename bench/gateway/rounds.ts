import type { Bench } from "./bench.ts";
import { load } from "./load.ts";
import { itemPath, type Peer } from "./peer.ts";
import { writeResults } from "./report.ts";
import type { Results } from "./results.ts";
import { runRound, type RoundResult } from "./round.ts";
import { orderOf } from "./statistics.ts";

export interface RoundsOptions {
  readonly rounds: number;
  /** Length of each measurement. */
  readonly ms: number;
}

/** Measures all peers in turn, as often as asked. The results are written after each round, so that a run can be ended. */
export async function runRounds(
  bench: Bench,
  peers: readonly Peer[],
  { rounds, ms }: RoundsOptions,
): Promise<void> {
  const { cache, backing, limits, machine } = bench;
  const target = { port: backing.upstreamPort, path: itemPath };
  const direct = await load(cache, { ...target, connections: 50, durationMs: ms / 2 });
  const results: Results = {
    schemaVersion: 1,
    machine,
    limits,
    direct,
    peers: peers.map(({ name, title, limitIn }) => ({ name, title, limitIn })),
    rounds: [],
    failures: [],
  };
  const times = { warmUpMs: ms / 2, closedMs: ms, openMs: ms };
  for (let round = 1; round <= rounds; round += 1) {
    for (const peer of orderOf(peers, round)) {
      try {
        const result = await runRound(peer, round, times, bench);
        results.rounds.push(result);
        console.log(oneLine(peer, result));
      } catch (error) {
        const message = error instanceof Error ? error.message : String(error);
        results.failures.push({ peer: peer.name, round, message });
        console.log(`${round} ${peer.title}: ${message}`);
      }
    }
    await writeResults(results);
  }
}

function oneLine({ title }: Peer, result: RoundResult): string {
  return [
    `${result.round} ${title}`,
    `${result.cpuUsPerRequest.toFixed(1)} µs CPU a request`,
    `${result.requestsPerSecond.toFixed(0)} requests/s`,
    `p99 ${result.closed.p99Ms} ms`,
    `at 1,000/s p99 ${result.open.p99Ms} ms`,
    `${result.memoryMb.toFixed(0)} MiB`,
    `limit after ${result.limit.admitted}`,
    `load ${result.loadAverage.toFixed(1)}`,
  ].join(", ");
}
