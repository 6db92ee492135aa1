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
  const leads = isRunning(leader);
  if (leads) {
    report(`Its Pulumi process ${leader.pid} still runs: asking it to stop, and waiting for it.`);
    signalAll([leader.pid], "SIGINT");
  }
  const deadline = performance.now() + (leads ? stopWithinMs : endWithinMs);
  while (processesOfSession(leader).length > 0) {
    if (performance.now() > deadline) {
      signalAll(processesOfSession(leader), "SIGKILL");
      break;
    }
    await delay(pollMs);
  }
  return true;
}
