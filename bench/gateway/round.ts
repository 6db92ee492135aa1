import { loadavg } from "node:os";
import { z } from "zod";
import { type LoadResult, loadResultSchema } from "./load.ts";
import type { Peer } from "./peer.ts";
import { perMinute, type RunningPeer, startPeer, type StartOptions } from "./measure.ts";

/** What one round found out about one peer. */
export const roundResultSchema = z.object({
  peer: z.string(),
  round: z.int(),
  /** CPU time of all its processes, over the requests answered 200, closed loop. */
  cpuUsPerRequest: z.number(),
  closed: loadResultSchema,
  requestsPerSecond: z.number(),
  memoryMb: z.number(),
  throttledPeriods: z.number(),
  /** 1,000 requests a second. */
  open: loadResultSchema,
  openCpuUsPerRequest: z.number(),
  /** Of the machine, at the end of the round: the benchmark itself makes about 3 of it, the rest is other work. */
  loadAverage: z.number(),
  /** Of 250 requests that one user sent, one after the other. */
  limit: z.object({ admitted: z.int(), refused: z.int() }),
});

export type RoundResult = z.infer<typeof roundResultSchema>;

export interface RoundTimes {
  readonly warmUpMs: number;
  readonly closedMs: number;
  readonly openMs: number;
}

/** Starts a peer anew, warms it up, and measures it: closed loop, then open loop. */
export async function runRound(
  peer: Peer,
  round: number,
  times: RoundTimes,
  options: StartOptions,
): Promise<RoundResult> {
  await options.backing.flush();
  const running = await startPeer(peer, options);
  try {
    const users = usersFor(times);
    await running.load({ durationMs: times.warmUpMs, users });
    const closed = await measured(running, { durationMs: times.closedMs, users });
    const { memoryMb } = await running.usage();
    const open = await measured(running, {
      durationMs: times.openMs,
      rate: 1000,
      users,
    });
    return {
      peer: peer.name,
      round,
      cpuUsPerRequest: closed.cpuUs,
      closed: closed.result,
      requestsPerSecond: (answered(closed.result) / closed.result.elapsedMs) * 1000,
      memoryMb,
      throttledPeriods: closed.throttledPeriods,
      open: open.result,
      openCpuUsPerRequest: open.cpuUs,
      loadAverage: loadavg()[0] ?? 0,
      limit: await tryLimit(running),
    };
  } finally {
    await running.stop();
  }
}

/**
 * As few users as the fastest gateway allows: they come back, as real ones do, and none of them reaches the limit within the
 * minute that a round takes at most.
 */
function usersFor({ warmUpMs, closedMs, openMs }: RoundTimes): number {
  const fastestPerMs = 60;
  return Math.ceil(((warmUpMs + closedMs) * fastestPerMs + openMs) / perMinute);
}

async function measured(running: RunningPeer, options: Parameters<RunningPeer["load"]>[0]) {
  const before = await running.usage();
  const result = await running.load(options);
  const after = await running.usage();
  assertGood(result);
  return {
    result,
    cpuUs: ((after.cpuMs - before.cpuMs) * 1000) / answered(result),
    throttledPeriods: after.throttledPeriods - before.throttledPeriods,
  };
}

/**
 * One user asks 250 times: the limit has to be there, or the figures say nothing.
 * @throws Error when nothing was refused, or something before 200 were admitted
 */
async function tryLimit(running: RunningPeer): Promise<RoundResult["limit"]> {
  const { statuses } = await running.load({
    connections: 1,
    count: perMinute + 50,
    durationMs: 30_000,
    users: 1,
    userPrefix: "limited",
  });
  const [admitted = 0, refused = 0] = [statuses["200"], statuses["429"]];
  if (admitted >= perMinute && refused > 0) return { admitted, refused };
  throw new Error(`The limit does not hold: ${JSON.stringify(statuses)}.`);
}

export function answered({ statuses }: LoadResult): number {
  return statuses["200"] ?? 0;
}

/**
 * Figures count only when the work was done: every answer 200 with the whole body.
 * @throws Error with what came instead
 */
export function assertGood(result: LoadResult): void {
  const good = answered(result);
  if (good === result.requests && result.wrongBodies === 0 && good > perMinute) return;
  throw new Error(
    `Of ${result.requests} requests ${good} were answered 200, ${result.wrongBodies} of them with a wrong body: ${JSON.stringify(result.statuses)}`,
  );
}
