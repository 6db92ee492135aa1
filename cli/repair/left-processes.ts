import { readdirSync, readFileSync } from "node:fs";
import { signalAll } from "../processes/processes.ts";

/**
 * Ends what is left of a container that has been removed, where its engine is on this machine. An engine that was ended in
 * the middle of a start does not know that the container's program runs, and removes the container without it.
 */
export function endLeftProcesses(id: string): void {
  if (process.platform !== "linux") return;
  try {
    signalAll(leftProcesses(id), "SIGKILL");
  } catch (error) {
    // Not root: they are the engine's, and none of ours to end.
    if ((error as NodeJS.ErrnoException).code !== "EPERM") throw error;
  }
}

/**
 * Finds the processes of a container, and the helper that containerd has for it.
 * @param id all 64 digits, or nothing is found: nothing else has them in its control group or among its arguments
 * @param proc where the kernel shows its processes
 */
export function leftProcesses(id: string, proc = "/proc"): number[] {
  if (!/^[0-9a-f]{64}$/.test(id)) return [];
  return readdirSync(proc)
    .filter((name) => /^\d+$/.test(name))
    .filter((pid) => isInContainer(`${proc}/${pid}`, id) || isShimOf(`${proc}/${pid}`, id))
    .map(Number);
}

function isInContainer(folder: string, id: string): boolean {
  return read(`${folder}/cgroup`).includes(id);
}

function isShimOf(folder: string, id: string): boolean {
  const [program = "", ...args] = read(`${folder}/cmdline`).split("\0");
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
