import { readFile } from "node:fs/promises";
import { cpus, loadavg, release, totalmem } from "node:os";
import { z } from "zod";
import { cgroupVersion } from "./cgroup.ts";
import { run } from "./process.ts";

/** Where and when a benchmark ran. */
export const machineSchema = z.object({
  startedAt: z.string(),
  processor: z.string(),
  cores: z.int(),
  memoryGb: z.number(),
  kernel: z.string(),
  cgroups: z.number(),
  node: z.string(),
  go: z.string(),
  redis: z.string(),
  commit: z.string(),
  /** Processes that wanted a core before anything of the benchmark ran: more than 0.5 is a machine with other work. */
  loadBefore: z.number(),
});

export type Machine = z.infer<typeof machineSchema>;

export async function describeMachine(): Promise<Machine> {
  const firstLine = async (command: string, args: readonly string[]): Promise<string> =>
    (await run(command, args)).split("\n")[0] ?? "";
  return {
    startedAt: new Date().toISOString(),
    processor: cpus()[0]?.model ?? "unknown",
    cores: cpus().length,
    memoryGb: Math.round(totalmem() / 2 ** 30),
    kernel: release(),
    cgroups: cgroupVersion(await readFile("/proc/self/mounts", "utf8")),
    node: process.version,
    go: (await firstLine("go", ["version"])).replace("go version go", "").split(" ")[0] ?? "",
    redis: /v=(\S+)/.exec(await firstLine("redis-server", ["--version"]))?.[1] ?? "unknown",
    commit: await firstLine("git", ["rev-parse", "--short", "HEAD"]),
    loadBefore: Math.round((loadavg()[0] ?? 0) * 10) / 10,
  };
}
