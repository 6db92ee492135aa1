import { existsSync, rmSync } from "node:fs";
import { setTimeout as delay } from "node:timers/promises";
import { startOfProcess } from "../../enter/process-identity.mjs";
import type { SecondEngine } from "../../testing/second-engine.ts";

export interface RestartService {
  /** The shell line that asks for a restart and waits for its end. */
  readonly line: string;
  readonly stop: () => void;
}

const pollMs = 100;
const endWithinMs = 60_000;

/** Restarts an engine in good order whenever a file appears, and takes the file away when it answers again. */
export function serveRestarts(engine: SecondEngine, file: string): RestartService {
  let isBusy = false;
  const poll = setInterval(() => {
    if (isBusy || !existsSync(file)) return;
    isBusy = true;
    void restart(engine).finally(() => {
      rmSync(file, { force: true });
      isBusy = false;
    });
  }, pollMs);
  return {
    line: `touch '${file}'; while test -e '${file}'; do sleep 0.1; done`,
    stop: () => clearInterval(poll),
  };
}

async function restart(engine: SecondEngine): Promise<void> {
  const pid = engine.pid();
  process.kill(pid, "SIGTERM");
  const giveUpAt = performance.now() + endWithinMs;
  while (startOfProcess(pid) !== undefined && performance.now() < giveUpAt) await delay(pollMs);
  // Its containerd is still there; all containers have ended.
  engine.kill();
  await engine.start();
}
