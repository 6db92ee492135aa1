import { mkdir, readFile, rmdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { z } from "zod";

/** What a container would get. */
export interface Limits {
  readonly cpus: number;
  readonly memoryMb: number;
}

/** A control group with limits, for the processes of one gateway. */
export interface Cgroup {
  /** Files that a process writes its own id to, to be in the group. */
  readonly procsFiles: readonly string[];
  read(): Promise<Usage>;
  /** Kills what is left in it and takes it away. */
  remove(): Promise<void>;
}

export interface Usage {
  /** User and system time of all processes that were ever in the group. */
  readonly cpuMs: number;
  /** Anonymous memory now: neither caches nor sockets. */
  readonly memoryMb: number;
  /** Periods of 100 ms in which the quota was used up. */
  readonly throttledPeriods: number;
}

const root = "/sys/fs/cgroup";
const periodUs = 100_000;
/** All groups together count as so many processes, where others want the cores too. */
const weight = 10;

/**
 * Makes a group under `astratrade-bench`, by version 2 of control groups where the machine has it, else by version 1.
 * @throws Error where this process may not make groups: that needs root
 */
export async function openCgroup(name: string, limits: Limits): Promise<Cgroup> {
  const mounts = await readFile("/proc/self/mounts", "utf8");
  return cgroupVersion(mounts) === 2 ? openV2(name, limits) : openV1(name, limits);
}

/** @param mounts the text of /proc/self/mounts */
export function cgroupVersion(mounts: string): 1 | 2 {
  return mounts
    .split("\n")
    .some((line) => line.split(" ")[1] === root && line.includes(" cgroup2 "))
    ? 2
    : 1;
}

async function openV1(name: string, { cpus, memoryMb }: Limits): Promise<Cgroup> {
  const dirs = {
    cpu: join(root, "cpu", "astratrade-bench", name),
    cpuacct: join(root, "cpuacct", "astratrade-bench", name),
    memory: join(root, "memory", "astratrade-bench", name),
  };
  for (const dir of Object.values(dirs)) await mkdir(dir, { recursive: true });
  await writeFile(join(dirs.cpu, "..", "cpu.shares"), String(weight * 1024));
  await writeFile(join(dirs.cpu, "cpu.cfs_period_us"), String(periodUs));
  await writeFile(join(dirs.cpu, "cpu.cfs_quota_us"), String(Math.round(cpus * periodUs)));
  await writeFile(join(dirs.memory, "memory.limit_in_bytes"), String(memoryMb * 1024 * 1024));
  // CPU and accounting are one mount on most machines.
  const unique = [...new Set(Object.values(dirs))];
  return {
    procsFiles: unique.map((dir) => join(dir, "cgroup.procs")),
    read: async () => ({
      cpuMs: Number(await readFile(join(dirs.cpuacct, "cpuacct.usage"), "utf8")) / 1e6,
      memoryMb:
        field(await readFile(join(dirs.memory, "memory.stat"), "utf8"), "total_rss") / 2 ** 20,
      throttledPeriods: field(await readFile(join(dirs.cpu, "cpu.stat"), "utf8"), "nr_throttled"),
    }),
    remove: () => removeAll(unique),
  };
}

async function openV2(name: string, { cpus, memoryMb }: Limits): Promise<Cgroup> {
  const parent = join(root, "astratrade-bench");
  const dir = join(parent, name);
  await mkdir(parent, { recursive: true });
  for (const place of [root, parent]) {
    await writeFile(join(place, "cgroup.subtree_control"), "+cpu +memory");
  }
  await mkdir(dir, { recursive: true });
  await writeFile(join(parent, "cpu.weight"), String(weight * 100));
  await writeFile(join(dir, "cpu.max"), `${Math.round(cpus * periodUs)} ${periodUs}`);
  await writeFile(join(dir, "memory.max"), String(memoryMb * 1024 * 1024));
  return {
    procsFiles: [join(dir, "cgroup.procs")],
    read: async () => {
      const cpu = await readFile(join(dir, "cpu.stat"), "utf8");
      return {
        cpuMs: field(cpu, "usage_usec") / 1000,
        memoryMb: field(await readFile(join(dir, "memory.stat"), "utf8"), "anon") / 2 ** 20,
        throttledPeriods: field(cpu, "nr_throttled"),
      };
    },
    remove: () => removeAll([dir]),
  };
}

/**
 * A number from a file of `name value` lines.
 * @throws ZodError when it is not there
 */
export function field(text: string, name: string): number {
  const line = text.split("\n").find((one) => one.startsWith(`${name} `));
  return z.coerce
    .number({ error: `${name} is not in the control group's file` })
    .parse(line?.split(" ")[1]);
}

async function removeAll(dirs: readonly string[]): Promise<void> {
  for (const dir of dirs) {
    for (let attempt = 0; attempt < 100; attempt += 1) {
      const pids = (await readFile(join(dir, "cgroup.procs"), "utf8")).split("\n").filter(Boolean);
      for (const pid of pids) kill(Number(pid));
      if (
        pids.length === 0 &&
        (await rmdir(dir).then(
          () => true,
          () => false,
        ))
      )
        break;
      await sleep(20);
    }
  }
}

function kill(pid: number): void {
  try {
    process.kill(pid, "SIGKILL");
  } catch {
    // It ended by itself meanwhile.
  }
}
