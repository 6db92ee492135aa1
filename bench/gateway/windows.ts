import { setTimeout as sleep } from "node:timers/promises";
import type { Bench } from "./bench.ts";
import { perMinute, startPeer } from "./measure.ts";
import type { Peer } from "./peer.ts";
import { mostWithinMinute } from "./statistics.ts";
import { traceLoad } from "./trace.ts";

/** How exact a limit is for a user who asks at the worst times. */
export interface WindowResult {
  readonly title: string;
  /** Most requests admitted within any 60 s; 200 is the limit. */
  readonly admitted: number;
  /** Requests refused before 200 were admitted in the 60 s before them. */
  readonly refusedTooEarly: number;
}

/**
 * One user asks once, 199 times just before that minute is over, and 200 times just after; the turn of a clock minute lies
 * between the last two. All gateways are asked at the same time, since nothing is measured but their count.
 */
export async function testWindows(bench: Bench, peers: readonly Peer[]): Promise<WindowResult[]> {
  await bench.backing.flush();
  const running = await Promise.all(
    peers.map(async (peer) => ({ peer, gateway: await startPeer(peer, bench) })),
  );
  try {
    await untilSecond(1);
    const startedMs = performance.now();
    const bursts: readonly (readonly [atMs: number, count: number])[] = [
      [0, 1],
      [57_000, perMinute - 1],
      [61_000, perMinute],
    ];
    const shots = await Promise.all(
      running.map(async ({ gateway, peer }) => {
        const all = [];
        for (const [atMs, count] of bursts) {
          await sleep(Math.max(0, startedMs + atMs - performance.now()));
          const user = { users: 1, userPrefix: `edge-${peer.name}`, count, durationMs: 10_000 };
          const offsetMs = performance.now() - startedMs;
          const burst = await traceLoad(gateway, { ...user, connections: 5 });
          all.push(...burst.map(({ atMs: at, status }) => ({ atMs: at + offsetMs, status })));
        }
        return { title: peer.title, all };
      }),
    );
    return shots.map(({ title, all }) => {
      const admitted = all.filter(({ status }) => status === "200").map(({ atMs }) => atMs);
      // The first two bursts are 200 requests together: all of them are within the limit.
      const early = all.slice(0, perMinute).filter(({ status }) => status !== "200");
      return {
        title,
        admitted: mostWithinMinute(admitted.sort((a, b) => a - b)),
        refusedTooEarly: early.length,
      };
    });
  } finally {
    await Promise.all(running.map(({ gateway }) => gateway.stop()));
  }
}

/** Waits until a second of the clock minute. */
async function untilSecond(second: number): Promise<void> {
  const waitMs = (second * 1000 - (Date.now() % 60_000) + 60_000) % 60_000;
  await sleep(waitMs);
}
