import { mkdir, rm } from "node:fs/promises";
import { join } from "node:path";
import { type Backing } from "./backing.ts";
import { type Limits, openCgroup, type Usage } from "./cgroup.ts";
import { load, type LoadOptions, type LoadResult } from "./load.ts";
import { type Cache, itemPath, type Peer } from "./peer.ts";
import { freePorts, startProcess, waitFor } from "./process.ts";

/** A peer that runs inside its limits and has answered. */
export interface RunningPeer {
  readonly port: number;
  readonly adminPort: number;
  readonly pids: readonly number[];
  usage(): Promise<Usage>;
  load(options: Partial<LoadOptions>): Promise<LoadResult>;
  stop(): Promise<void>;
}

export const perMinute = 200;

export async function startPeer(
  peer: Peer,
  { cache, backing, limits, workDir }: StartOptions,
): Promise<RunningPeer> {
  const [port = 0, adminPort = 0, spare1 = 0, spare2 = 0] = await freePorts(4);
  const dir = join(workDir, peer.name);
  await rm(dir, { recursive: true, force: true });
  await mkdir(dir, { recursive: true });
  const { redisPort, upstreamPort } = backing;
  const programs = await peer.configure({
    ...cache,
    workDir: dir,
    port,
    adminPort,
    redisPort,
    upstreamPort,
    sparePorts: [spare1, spare2],
    perMinute,
  });
  const cgroup = await openCgroup(`${peer.name}-${process.pid}`, limits);
  const processes = programs.map((program) => startProcess(program, cgroup.procsFiles));
  const stop = async (): Promise<void> => {
    await Promise.all(processes.map((one) => one.kill()));
    await cgroup.remove();
  };
  try {
    await waitFor(() => isReady(peer, port), {
      what: () =>
        `${peer.title} answers; it says: ${processes.map((one) => one.complaint()).join("\n")}`,
    });
  } catch (error) {
    await stop();
    throw error;
  }
  return {
    port,
    adminPort,
    pids: processes.map(({ pid }) => pid),
    usage: () => cgroup.read(),
    load: (options) =>
      load(cache, { port, path: itemPath, connections: 50, durationMs: 5000, ...options }),
    stop,
  };
}

export interface StartOptions {
  readonly cache: Cache;
  readonly backing: Backing;
  readonly limits: Limits;
  readonly workDir: string;
}

async function isReady({ readyPath }: Peer, port: number): Promise<boolean> {
  const base = `http://127.0.0.1:${port}`;
  const signal = AbortSignal.timeout(2000);
  if (readyPath !== undefined && !(await fetch(base + readyPath, { signal })).ok) return false;
  return (await fetch(base + itemPath, { headers: { "x-user-id": "ready" }, signal })).ok;
}
