import { readFileSync } from "node:fs";
import { setTimeout as delay } from "node:timers/promises";
import { processName } from "./host-system.ts";
import { enginePidFile } from "./stale-pid-files.ts";

const stopWithinMs = 60_000;
const pollMs = 200;

/**
 * Stops an engine that runs as a process of its own on this machine, by its pid file, and waits until it is gone.
 * @throws Error when it is still there after a minute
 */
export async function stopStartedEngine(): Promise<void> {
  const pid = runningPid();
  if (pid === undefined) return;
  process.kill(pid, "SIGTERM");
  const giveUpAt = Date.now() + stopWithinMs;
  while (processName(pid) === "dockerd") {
    if (Date.now() > giveUpAt)
      throw new Error(`dockerd (process ${pid}) did not stop in a minute.`);
    await delay(pollMs);
  }
}

function runningPid(): number | undefined {
  try {
    const pid = Number(readFileSync(enginePidFile, "utf8"));
    return processName(pid) === "dockerd" ? pid : undefined;
  } catch {
    return undefined;
  }
}
