import { readFileSync, rmSync } from "node:fs";
import { processName } from "./host-system.ts";

/** Where a root engine keeps its process id, and where the containerd does that it starts. */
export const enginePidFile = "/var/run/docker.pid";
export const containerdPidFile = "/var/run/docker/containerd/containerd.pid";

/**
 * Removes a pid file that a killed program has left behind. The engine copes with one by itself while the number is free,
 * but where another process has got it since, it refuses to start, or waits for a containerd that is none.
 *
 * @param program the name of the process that the file belongs to
 * @returns the process id when the program is running; undefined when it is not, and the file is gone
 */
export function removeStalePidFile(path: string, program: string): number | undefined {
  const pid = readPid(path);
  if (pid !== undefined && processName(pid) === program) return pid;
  rmSync(path, { force: true });
  return undefined;
}

function readPid(path: string): number | undefined {
  try {
    const pid = Number(readFileSync(path, "utf8").trim());
    return Number.isSafeInteger(pid) && pid > 0 ? pid : undefined;
  } catch {
    return undefined;
  }
}
