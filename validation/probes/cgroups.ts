import type { CgroupFacts } from "../evidence.ts";
import { execIn } from "./exec.ts";
import { NothingToProbe, probedItems, type Probe } from "./probe.ts";
import { runningContainers } from "./running.ts";

/**
 * Reads inside each container what the kernel enforces. The engine's own word is not enough: it repeats what was asked
 * for, also where the kernel has no such controller.
 */
export const probeCgroups: Probe<"cgroups"> = ({ deployment, engine, found, signal }) => {
  const engineFacts = found.engine;
  if (engineFacts === undefined || !("value" in engineFacts)) {
    throw new Error("The engine did not say which cgroup version it uses.");
  }
  const version = engineFacts.value.cgroupVersion;
  const running = runningContainers(found);
  return probedItems(
    deployment.containers.map(({ name }) => name),
    async (name, itemSignal) => {
      if (!running.has(name)) throw new NothingToProbe(`${name} is not running`);
      const { stdout } = await execIn(engine, name, readCommand(version), itemSignal);
      return parseCgroup(version, stdout);
    },
    { deadlineMs: 10_000, signal },
  );
};

const files = {
  1: {
    memory: "memory/memory.limit_in_bytes",
    swap: "memory/memory.memsw.limit_in_bytes",
    cpu: "cpu/cpu.cfs_quota_us",
    cpuPeriod: "cpu/cpu.cfs_period_us",
    usage: "memory/memory.usage_in_bytes",
    stat: "memory/memory.stat",
  },
  2: {
    memory: "memory.max",
    swap: "memory.swap.max",
    cpu: "cpu.max",
    cpuPeriod: "cpu.max",
    usage: "memory.current",
    stat: "memory.stat",
  },
} as const;

/** Prints each file's content after its name; only the shell and `cat` are needed, which all our images have. */
function readCommand(version: "1" | "2"): string[] {
  const names = [...new Set(Object.values(files[version]))].join(" ");
  const script = `cd /sys/fs/cgroup && for f in ${names}; do [ -r $f ] && echo "@$f" && cat $f; done; true`;
  return ["sh", "-c", script];
}

/**
 * A file that is not there belongs to a controller that is not there, which then limits nothing.
 * @param output lines of files, each file after a line with `@` and its name
 * @throws Error when there is no cgroup file at all, or one has an unknown form
 */
export function parseCgroup(version: "1" | "2", output: string): CgroupFacts {
  const contents = new Map<string, string>();
  for (const file of output.split(/^@/m).slice(1)) {
    const [name = "", ...lines] = file.trimEnd().split("\n");
    contents.set(name, lines.join("\n"));
  }
  if (contents.size === 0) throw new Error("no cgroup file can be read in /sys/fs/cgroup");
  const names = files[version];
  const memoryBytes = limitOf(contents.get(names.memory));
  return {
    memoryBytes,
    memorySwapBytes: swapLimit(version, limitOf(contents.get(names.swap)), memoryBytes),
    nanoCpus: cpuLimit(version, contents.get(names.cpu), contents.get(names.cpuPeriod)),
    workingSetBytes: Math.max(
      0,
      Number(contents.get(names.usage) ?? 0) - inactiveBytes(contents.get(names.stat) ?? ""),
    ),
  };
}

/** In version 1 the lines with `total_` include the children. */
function inactiveBytes(stat: string): number {
  const line = /^total_inactive_file (\d+)$/m.exec(stat) ?? /^inactive_file (\d+)$/m.exec(stat);
  return Number(line?.[1] ?? 0);
}

/** Version 1 writes "no limit" as the largest whole number of pages, which is beyond any real memory. */
function limitOf(text: string | undefined): number | null {
  if (text === undefined || text === "max") return null;
  const bytes = Number(text);
  if (text === "" || Number.isNaN(bytes)) throw new Error(`"${text}" is no cgroup limit`);
  return bytes >= 2 ** 60 ? null : bytes;
}

/** Version 1 limits memory and swap together, version 2 swap alone. */
function swapLimit(
  version: "1" | "2",
  bytes: number | null,
  memoryBytes: number | null,
): number | null {
  if (version === "1" || bytes === null) return bytes;
  return memoryBytes === null ? null : memoryBytes + bytes;
}

/** Version 2 has quota and period in one file. */
function cpuLimit(version: "1" | "2", quotaText = "max", periodText = ""): number | null {
  const [quota, period] = version === "2" ? quotaText.split(" ") : [quotaText, periodText];
  if (quota === "max" || quota === "-1") return null;
  return Math.round((Number(quota) / Number(period)) * 1e9);
}
