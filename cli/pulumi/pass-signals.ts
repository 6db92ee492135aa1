import type { ChildProcess } from "node:child_process";

const passed = ["SIGINT", "SIGTERM", "SIGHUP"] as const;

/**
 * While a Pulumi command runs, a signal to us asks it once, by SIGINT, to stop in good order; a second one ends it and
 * everything it has started at once.
 * @param child leader of a process group of its own
 */
export function passSignalsTo(child: ChildProcess): { received: () => boolean; stop: () => void } {
  let count = 0;
  const onSignal = (): void => {
    count += 1;
    if (count === 1) child.kill("SIGINT");
    else killGroup(child.pid);
  };
  for (const signal of passed) process.on(signal, onSignal);
  return {
    received: () => count > 0,
    stop: () => {
      for (const signal of passed) process.off(signal, onSignal);
    },
  };
}

/** Ends a process and everything that it has started in its group, at once. */
export function killGroup(pid: number | undefined): void {
  if (pid === undefined) return;
  try {
    process.kill(-pid, "SIGKILL");
  } catch (error) {
    // Gone already is what we wanted.
    if ((error as NodeJS.ErrnoException).code !== "ESRCH") throw error;
  }
}
