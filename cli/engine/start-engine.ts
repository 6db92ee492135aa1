import { spawn } from "node:child_process";
import { closeSync, mkdirSync, openSync, readFileSync } from "node:fs";
import { dirname } from "node:path";
import pRetry, { AbortError } from "p-retry";
import type { EngineFacts } from "../../topology/machine-facts.ts";
import type { HostContext } from "../setup/context.ts";
import { runCommand } from "../setup/run-command.ts";
import { exitCodes, UserError } from "../setup/user-error.ts";
import { defaultEngineHost } from "./engine-address.ts";
import { engineFacts } from "./engine-facts.ts";
import { type HostSystem, pathWithSystemPrograms } from "./host-system.ts";
import { containerdPidFile, enginePidFile, removeStalePidFile } from "./stale-pid-files.ts";

/** An engine with many containers to bring back takes its time. */
const answerWithinMs = 60_000;
const pollMs = 200;

/**
 * Starts the engine that is installed on this machine and waits until it answers: through systemd where that runs, which
 * then starts it after a reboot too; else as a process of its own that outlives this one.
 *
 * @throws UserError with the end of the engine's log when it does not answer within a minute
 */
export async function startEngine(ctx: HostContext, system: HostSystem): Promise<EngineFacts> {
  if (system.hasSystemd) {
    await enableService(ctx);
    return await waitForAnswer(() => undefined, "`journalctl -u docker` says why.");
  }
  const runningPid = removeStalePidFile(enginePidFile, "dockerd");
  if (runningPid !== undefined) {
    ctx.report(`dockerd runs as process ${runningPid}; waiting for its answer`);
    return await waitForAnswer(() => undefined, `dockerd runs as process ${runningPid}.`);
  }
  return await startDaemon(ctx);
}

async function enableService(ctx: HostContext): Promise<void> {
  const result = await runCommand("systemctl", ["enable", "--now", "docker"], {
    onLine: ctx.report,
    timeoutMs: 120_000,
  });
  if (result.ok) return;
  throw new UserError(
    `Starting the engine failed: ${result.failure} for \`systemctl enable --now docker\`.\n${result.tail}`,
    exitCodes.notReachable,
  );
}

async function startDaemon(ctx: HostContext): Promise<EngineFacts> {
  removeStalePidFile(containerdPidFile, "containerd");
  const { engineLog } = ctx.paths;
  mkdirSync(dirname(engineLog), { recursive: true, mode: 0o700 });
  const log = openSync(engineLog, "a", 0o600);
  // A session of its own: neither the end of this process nor a Ctrl-C in its terminal may stop the engine.
  const daemon = spawn("dockerd", [], {
    detached: true,
    stdio: ["ignore", log, log],
    cwd: "/",
    env: { ...process.env, PATH: pathWithSystemPrograms(ctx.env.PATH) },
  });
  closeSync(log);
  let ended: string | undefined;
  daemon.once("error", (error) => (ended = error.message));
  daemon.once(
    "exit",
    (code, signal) => (ended = `it ended with ${signal ?? `exit code ${code ?? ""}`}`),
  );
  daemon.unref();
  ctx.report("waiting for dockerd to answer");
  const facts = await waitForAnswer(
    // The init script of the package may have been quicker, in which case ours gives way and the other one answers.
    () => (removeStalePidFile(enginePidFile, "dockerd") === undefined ? ended : undefined),
    () => `Its log is ${engineLog}; the last lines:\n${lastLines(engineLog, 15)}`,
  );
  ctx.notice(
    `Started the Docker engine as a process of its own (log: ${engineLog}). There is no systemd on this machine: ` +
      "after a reboot, `npm run setup` or `npm run up` starts the engine again.",
  );
  return facts;
}

async function waitForAnswer(
  hasEnded: () => string | undefined,
  advice: string | (() => string),
): Promise<EngineFacts> {
  let reason = `it did not answer at ${defaultEngineHost} within ${answerWithinMs / 1000} s`;
  const ask = async (): Promise<EngineFacts> => {
    try {
      return await engineFacts({ host: defaultEngineHost });
    } catch (error) {
      const ended = hasEnded();
      if (ended === undefined) throw error;
      reason = ended;
      throw new AbortError(ended);
    }
  };
  try {
    return await pRetry(ask, {
      retries: answerWithinMs / pollMs,
      minTimeout: pollMs,
      factor: 1,
      maxRetryTime: answerWithinMs,
    });
  } catch (error) {
    throw new UserError(
      `The Docker engine does not work: ${reason}. ${typeof advice === "string" ? advice : advice()}`,
      exitCodes.notReachable,
      { cause: error },
    );
  }
}

function lastLines(path: string, count: number): string {
  return readFileSync(path, "utf8").trimEnd().split("\n").slice(-count).join("\n");
}
