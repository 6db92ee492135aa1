import { mkdir, rm } from "node:fs/promises";
import { homedir, tmpdir } from "node:os";
import { join } from "node:path";
import { startBacking, type Backing } from "./backing.ts";
import type { Limits } from "./cgroup.ts";
import { describeMachine, type Machine } from "./machine.ts";
import type { Cache } from "./peer.ts";

/** What every part of the benchmark needs: limits, Redis and upstream, and where things are. */
export interface Bench extends AsyncDisposable {
  readonly cache: Cache;
  readonly backing: Backing;
  readonly limits: Limits;
  readonly workDir: string;
  readonly machine: Machine;
}

/** Where installed peers stay between runs. */
export const cache: Cache = {
  dir: join(homedir(), ".cache", "astratrade", "bench"),
  peersDir: join(import.meta.dirname, "peers"),
};

/** @param limits of each gateway. @default one core and 512 MiB */
export async function openBench(limits: Limits = { cpus: 1, memoryMb: 512 }): Promise<Bench> {
  const machine = await describeMachine();
  const workDir = join(tmpdir(), `astratrade-bench-${process.pid}`);
  await mkdir(workDir, { recursive: true });
  const backing = await startBacking(cache, workDir);
  return {
    cache,
    backing,
    limits,
    workDir,
    machine,
    [Symbol.asyncDispose]: async () => {
      await backing.stop();
      await rm(workDir, { recursive: true, force: true });
    },
  };
}
