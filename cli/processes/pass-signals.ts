import type { ChildProcess } from "node:child_process";
import { takeSignals } from "./interruption.ts";
import { identify, processesOfSession, signalAll, type ProcessIdentity } from "./processes.ts";

/**
 * While a Pulumi command runs, a signal to us asks it once, by SIGINT, to stop in good order; a second one ends it and
 * everything that it has started at once.
 * @param child leader of a session of its own
 */
export function passSignalsTo(child: ChildProcess): { received: () => boolean; stop: () => void } {
  const leader = child.pid === undefined ? null : identify(child.pid);
  let isReceived = false;
  const stop = takeSignals((count) => {
    isReceived = true;
    if (count === 1) child.kill("SIGINT");
    else killSession(leader);
  });
  return { received: () => isReceived, stop };
}

/** Ends a process and everything that it has started in its session, at once. */
export function killSession(leader: ProcessIdentity | null): void {
  if (leader !== null) signalAll(processesOfSession(leader), "SIGKILL");
}
