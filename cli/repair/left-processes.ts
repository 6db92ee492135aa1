import { readdirSync, readFileSync } from "node:fs";
import { signalAll } from "../processes/processes.ts";

/**
 * Ends what is left of a container that has been removed, where its engine is on this machine. An engine that was ended in
 * the middle of a start does not know that the container's program runs, and removes the container without it.
 * @param id all 64 digits: nothing else has them in its control group or among its arguments
 */
export function endLeftProcesses(id: string): void {
  if (process.platform !== "linux" || !/^[0-9a-f]{64}$/.test(id)) return;
  const left = readdirSync("/proc")
    .filter((name) => /^\d+$/.test(name))
    .filter((pid) => isInContainer(pid, id) || isShimOf(pid, id))
    .map(Number);
  try {
    signalAll(left, "SIGKILL");
  } catch (error) {
    // Not root: they are the engine's, and none of ours to end.
    if ((error as NodeJS.ErrnoException).code !== "EPERM") throw error;
  }
}

function isInContainer(pid: string, id: string): boolean {
  return read(`/proc/${pid}/cgroup`).includes(id);
}

/** The helper that containerd has for each container. */
function isShimOf(pid: string, id: string): boolean {
  const [program = "", ...args] = read(`/proc/${pid}/cmdline`).split("\0");
  return program.includes("containerd-shim") && args.includes(id);
}

function read(file: string): string {
  try {
    return readFileSync(file, "utf8");
  } catch {
    // It has ended meanwhile.
    return "";
  }
}
