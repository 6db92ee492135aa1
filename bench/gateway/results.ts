import { z } from "zod";
import { loadResultSchema } from "./load.ts";
import { machineSchema } from "./machine.ts";
import { roundResultSchema, type RoundResult } from "./round.ts";
import { spread, type Spread } from "./statistics.ts";

/** What `bench/results/gateway.json` holds. */
export const resultsSchema = z.object({
  schemaVersion: z.literal(1),
  machine: machineSchema,
  limits: z.object({ cpus: z.number(), memoryMb: z.number() }),
  /** The generator against the upstream itself, with no gateway between. */
  direct: loadResultSchema,
  peers: z.array(z.object({ name: z.string(), title: z.string(), limitIn: z.string() })),
  rounds: z.array(roundResultSchema),
  /** Rounds that gave no figures: the work was not done. */
  failures: z.array(z.object({ peer: z.string(), round: z.int(), message: z.string() })),
});

export type Results = z.infer<typeof resultsSchema>;

/** One peer over all rounds. */
export interface Row {
  readonly title: string;
  readonly limitIn: string;
  readonly isOurs: boolean;
  readonly cpuUs: Spread;
  /** CPU time a request over ours in the same round: 2 is twice as much. Disturbances touch both. */
  readonly cpuOverOurs: Spread;
  readonly requestsPerSecond: Spread;
  readonly p50Ms: Spread;
  readonly p99Ms: Spread;
  readonly openP99Ms: Spread;
  readonly memoryMb: Spread;
}

/** Rows by CPU time a request, least first. Peers without a finished round are left out. */
export function summarise({ peers, rounds }: Results): Row[] {
  const [ours] = peers;
  return peers
    .map(({ name, title, limitIn }) => ({
      own: rounds.filter(({ peer }) => peer === name),
      head: { title, limitIn, isOurs: name === ours?.name },
    }))
    .filter(({ own }) => own.length > 0)
    .map(({ own, head }) => ({
      ...head,
      cpuUs: over(own, (one) => one.cpuUsPerRequest),
      cpuOverOurs: spread(ratios(own, rounds, ours?.name)),
      requestsPerSecond: over(own, (one) => one.requestsPerSecond),
      p50Ms: over(own, (one) => one.closed.p50Ms),
      p99Ms: over(own, (one) => one.closed.p99Ms),
      openP99Ms: over(own, (one) => one.open.p99Ms),
      memoryMb: over(own, (one) => one.memoryMb),
    }))
    .sort((a, b) => a.cpuUs.median - b.cpuUs.median);
}

function over(rounds: readonly RoundResult[], value: (one: RoundResult) => number): Spread {
  return spread(rounds.map(value));
}

function ratios(
  own: readonly RoundResult[],
  all: readonly RoundResult[],
  ours: string | undefined,
): number[] {
  return own.map(({ round, cpuUsPerRequest }) => {
    const same = all.find((one) => one.round === round && one.peer === ours);
    return cpuUsPerRequest / (same?.cpuUsPerRequest ?? Number.NaN);
  });
}
