import { join } from "node:path";
import { z } from "zod";
import type { Cache } from "./peer.ts";
import { run } from "./process.ts";

/** What the load generator reports; times in ms, counted from when a request was due. */
export const loadResultSchema = z.object({
  requests: z.int(),
  /** By status, or by `refused`, `broken`, `timeout` where no answer came. */
  statuses: z.record(z.string(), z.int()),
  /** Answers of 200 whose body was not the upstream's. */
  wrongBodies: z.int(),
  elapsedMs: z.number(),
  p50Ms: z.number(),
  p95Ms: z.number(),
  p99Ms: z.number(),
  maxMs: z.number(),
  /** 99 % of requests were sent no later than this after they were due: the generator's own part in the latency. */
  lateP99Ms: z.number(),
  ownCpuMs: z.number(),
});

export type LoadResult = z.infer<typeof loadResultSchema>;

export interface LoadOptions {
  readonly port: number;
  readonly path: string;
  readonly connections: number;
  readonly durationMs: number;
  /** Requests a second, due at fixed times. @default closed loop: each connection as fast as it is answered */
  readonly rate?: number;
  /** Distinct users that take turns. @default 10 000 */
  readonly users?: number;
  readonly userPrefix?: string;
  /** Closed loop: stop after so many requests. */
  readonly count?: number;
  readonly timeoutMs?: number;
  /** File for one line a request: begin, latency, status. */
  readonly trace?: string;
  /** Whether a 200 must have the upstream's body. @default true */
  readonly checkBody?: boolean;
}

/** Builds the generator. It is a small Go program: it has to be faster than every gateway. */
export async function installLoad({ dir, peersDir }: Cache): Promise<void> {
  await run("go", ["build", "-o", join(dir, "load"), "."], { cwd: join(peersDir, "..", "load") });
}

export async function load({ dir }: Pick<Cache, "dir">, options: LoadOptions): Promise<LoadResult> {
  const args = [
    ["-address", `127.0.0.1:${options.port}`],
    ["-path", options.path],
    ["-connections", String(options.connections)],
    ["-duration", `${options.durationMs}ms`],
    ["-rate", String(options.rate ?? 0)],
    ["-users", String(options.users ?? 10_000)],
    ["-prefix", options.userPrefix ?? "u"],
    ["-count", String(options.count ?? 0)],
    ["-timeout", `${options.timeoutMs ?? 10_000}ms`],
    ["-body", options.checkBody === false ? "-1" : "1024"],
    ...(options.trace === undefined ? [] : [["-trace", options.trace]]),
  ].flat();
  const text = await run(join(dir, "load"), args, { timeoutMs: options.durationMs + 60_000 });
  return loadResultSchema.parse(JSON.parse(text));
}
