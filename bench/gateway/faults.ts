import { setTimeout as sleep } from "node:timers/promises";
import type { Bench } from "./bench.ts";
import { startPeer } from "./measure.ts";
import type { Peer } from "./peer.ts";
import { lastBadAfter, stretch, type Stretch, traceLoad } from "./trace.ts";

/** What one gateway did while something behind it was broken. */
export interface FaultResult {
  readonly title: string;
  /** Redis frozen (SIGSTOP) for ten seconds: requests due in that time. Null where the limit needs no Redis. */
  readonly frozen: Stretch | null;
  /** The only instance of the service killed for five seconds: requests due in that time. */
  readonly dead: Stretch;
  /** From the instance's first answer on: when the last request was due that was not answered 200. */
  readonly lastBadMs: number | null;
}

const warmMs = 3000;
const frozenMs = 10_000;
const deadMs = 5000;
const watchedMs = 20_000;
/** Enough to see everything, and little enough that no gateway is at its end. */
const load = { connections: 400, rate: 200, users: 1000, timeoutMs: 12_000 };

/** Breaks Redis, then the service, behind one gateway after the other, under a constant load. */
export async function testFaults(bench: Bench, peers: readonly Peer[]): Promise<FaultResult[]> {
  const results: FaultResult[] = [];
  for (const peer of peers) {
    const frozen = peer.limitIn === "redis" ? await freezeRedis(bench, peer) : null;
    const result = { title: peer.title, frozen, ...(await killService(bench, peer)) };
    console.log(JSON.stringify(result));
    results.push(result);
  }
  return results;
}

async function freezeRedis(bench: Bench, peer: Peer): Promise<Stretch> {
  await bench.backing.flush();
  const running = await startPeer(peer, bench);
  try {
    const durationMs = warmMs + frozenMs + warmMs;
    const shots = traceLoad(running, { ...load, durationMs });
    await sleep(warmMs);
    bench.backing.redis.signal("SIGSTOP");
    await sleep(frozenMs);
    bench.backing.redis.signal("SIGCONT");
    return stretch(await shots, warmMs, warmMs + frozenMs);
  } finally {
    bench.backing.redis.signal("SIGCONT");
    await running.stop();
  }
}

async function killService(bench: Bench, peer: Peer) {
  await bench.backing.flush();
  const running = await startPeer(peer, bench);
  try {
    const startedMs = performance.now();
    const durationMs = warmMs + deadMs + watchedMs;
    const tracing = traceLoad(running, { ...load, durationMs });
    await sleep(warmMs);
    const killedMs = performance.now() - startedMs;
    await bench.backing.killUpstream();
    await sleep(deadMs);
    await bench.backing.startUpstream();
    const backMs = performance.now() - startedMs;
    const shots = await tracing;
    const lastMs = lastBadAfter(shots, backMs);
    return {
      dead: stretch(shots, killedMs, backMs),
      lastBadMs: lastMs === null ? null : lastMs - backMs,
    };
  } finally {
    await running.stop();
  }
}
