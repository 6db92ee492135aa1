import { readFileSync } from "node:fs";
import { join } from "node:path";
import type { ChildProcess } from "node:child_process";
import { readStackLock } from "../../lock/stack-lock.ts";
import { processesOfSession } from "../../processes/processes.ts";
import type { Kind } from "./kinds.ts";
import type { Stage } from "./stage.ts";

/**
 * Ends what the kind says, if it runs at the moment.
 * @param command the process that the user has started
 * @returns whether it was there to be ended
 */
export function hit(stage: Stage, kind: Kind, command: ChildProcess): boolean {
  switch (kind) {
    case "sigint":
    case "sigterm":
      return command.kill(kind === "sigint" ? "SIGINT" : "SIGTERM");
    case "cli":
      return kill(lockOf(stage)?.process.pid);
    case "pulumi":
      return kill(lockOf(stage)?.pulumi[0]?.pid);
    case "provider":
      return kill(
        pulumiProcesses(stage).find((pid) => commandLine(pid).includes("resource-docker")),
      );
    case "language-host":
      return kill(
        pulumiProcesses(stage).find((pid) => commandLine(pid).includes("language-nodejs")),
      );
    case "engine":
      stage.engine.kill();
      return true;
  }
}

function lockOf({ home, sandbox }: Stage) {
  return readStackLock({ locks: join(home, "locks") }, sandbox.stack);
}

function pulumiProcesses(stage: Stage): number[] {
  return (lockOf(stage)?.pulumi ?? []).flatMap((leader) => processesOfSession(leader));
}

function commandLine(pid: number): string {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, "utf8").replaceAll("\0", " ");
  } catch {
    return "";
  }
}

function kill(pid: number | undefined): boolean {
  if (pid === undefined) return false;
  try {
    return process.kill(pid, "SIGKILL");
  } catch {
    return false;
  }
}
