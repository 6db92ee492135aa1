import { mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { setTimeout as delay } from "node:timers/promises";
import { resolvePaths } from "../../paths.ts";
import type { HostContext } from "../../setup/context.ts";
import { UserError } from "../../setup/user-error.ts";
import { hostSystem, processName } from "../host-system.ts";
import { containerdPidFile, enginePidFile } from "../stale-pid-files.ts";
import { startEngine } from "../start-engine.ts";

/**
 * The life of an engine, for the test beside: it runs in namespaces of its own, where this process is the first, and
 * prints one line of JSON for each step.
 */
const paths = resolvePaths();
const notices: string[] = [];
const ctx: HostContext = {
  paths,
  env: process.env,
  userHome: "/root",
  report: () => undefined,
  notice: (text) => notices.push(text),
};

function say(step: string, facts: Record<string, unknown>): void {
  process.stdout.write(`${JSON.stringify({ step, ...facts })}\n`);
}

async function start(): Promise<"answers"> {
  await startEngine(ctx, { ...hostSystem(process.env), hasSystemd: false });
  return "answers";
}

function enginePid(): number {
  return Number(readFileSync(enginePidFile, "utf8"));
}

/** Kills the engine as a crash would, without a chance to tidy up; containers' helpers live on. */
async function killEngine(pid: number): Promise<void> {
  process.kill(pid, "SIGKILL");
  while (processName(pid) === "dockerd") await delay(20);
}

const engine = await start();
let pid = enginePid();
const group = readFileSync(`/proc/${pid}/stat`, "utf8").split(" ")[4];
say("first start", {
  engine,
  notice: notices.length === 1,
  log: readFileSync(paths.engineLog, "utf8").includes("API listen on"),
  ownGroup: group === String(pid),
});

say("while it runs", { engine: await start(), samePid: enginePid() === pid });

await killEngine(pid);
say("after it was killed", { engine: await start(), samePid: enginePid() === pid });

pid = enginePid();
await killEngine(pid);
for (const file of [enginePidFile, containerdPidFile]) writeFileSync(file, String(process.pid));
say("with its pid taken by another program", {
  engine: await start(),
  samePid: enginePid() === pid,
});

await killEngine(enginePid());
mkdirSync("/run/configuration", { recursive: true });
writeFileSync("/run/configuration/dockerd", '#!/bin/sh\necho "it is broken" >&2\nexit 1\n', {
  mode: 0o755,
});
process.env.PATH = `/run/configuration:${process.env.PATH ?? ""}`;
rmSync("/run/docker.sock", { force: true });
const failure = await start().catch((error: unknown) => error);
say("with a broken configuration", {
  engine: failure instanceof UserError ? "fails" : failure,
  exitCode: failure instanceof UserError ? failure.exitCode : undefined,
  showsLog: failure instanceof UserError && failure.message.includes("it is broken"),
});
process.exit(0);
