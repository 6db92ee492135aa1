import { setTimeout as delay } from "node:timers/promises";
import { isRunning, processesOfSession, signalAll, type ProcessIdentity } from "./processes.ts";

/** How long a Pulumi command may take to stop in good order: as long as a container may take to stop. */
const stopWithinMs = 60_000;
/** Plugins that have lost their engine end by themselves in a few seconds; official ones take minutes. */
const endWithinMs = 5_000;
const pollMs = 100;

/**
 * Ends a Pulumi command that outlived the command which had started it: asks it by SIGINT to stop in good order, waits,
 * and kills what is left.
 * @param report is told what is waited for
 * @returns whether there was anything to end
 */
export async function endSession(
  leader: ProcessIdentity,
  report: (text: string) => void,
): Promise<boolean> {
  if (processesOfSession(leader).length === 0) return false;
  if (isRunning(leader)) {
    report(`Its Pulumi process ${leader.pid} still runs: asking it to stop, and waiting for it.`);
    signalAll([leader.pid], "SIGINT");
    await until(() => !isRunning(leader), stopWithinMs);
  }
  await until(() => processesOfSession(leader).length === 0, endWithinMs);
  signalAll(processesOfSession(leader), "SIGKILL");
  return true;
}

/** Waits until something is so, or the time is up. */
async function until(isSo: () => boolean, withinMs: number): Promise<void> {
  const giveUpAt = performance.now() + withinMs;
  while (!isSo() && performance.now() < giveUpAt) await delay(pollMs);
}
