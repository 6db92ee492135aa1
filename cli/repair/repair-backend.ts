import { copyFileSync, existsSync, readdirSync, readFileSync, rmSync, statSync } from "node:fs";
import { hostname } from "node:os";
import { basename, dirname, join } from "node:path";
import { z } from "zod";
import { processName } from "../engine/host-system.ts";
import { startOfProcess } from "../enter/process-identity.mjs";
import { npmCommand } from "../npm-command.ts";
import { stackFiles, type StackFiles } from "../pulumi/local-backend.ts";
import type { PulumiSetting } from "../pulumi/run-pulumi.ts";
import { UserError } from "../setup/user-error.ts";
import { count } from "../words.ts";

/**
 * Puts right the files of a local backend, before Pulumi reads them: locks of processes that are gone, files of writes
 * that broke off, and a state that cannot be read, in whose place comes the newest that can. Call it only with the
 * stack's lock.
 * @returns what was put right, a sentence each
 * @throws UserError while another Pulumi process works on the stack, and when no state can be read
 */
export function repairBackend(setting: PulumiSetting, stack: string): string[] {
  const files = stackFiles(setting, stack);
  if (files === null) return [];
  return [
    ...removeDeadLocks(files, stack),
    ...removeRemains(files, stack),
    ...restoreState(files, stack),
  ];
}

const pulumiLock = z.object({
  pid: z.int(),
  username: z.string(),
  hostname: z.string(),
  timestamp: z.string(),
});

function removeDeadLocks({ locks }: StackFiles, stack: string): string[] {
  return list(locks)
    .filter((name) => name.endsWith(".json"))
    .map((name) => {
      const file = join(locks, name);
      const lock = parse(pulumiLock, file);
      if (lock !== null && !isGone(lock)) throw locked(lock, stack);
      remove(file);
      return lock === null
        ? "removed an unreadable lock of Pulumi"
        : `removed the lock of Pulumi process ${lock.pid}, which is gone`;
    });
}

function isGone({ pid, hostname: host }: z.infer<typeof pulumiLock>): boolean {
  if (host !== hostname()) return false;
  // The lock does not say when its process was started; another program with its number is not it.
  if (process.platform === "linux") return processName(pid) !== "pulumi";
  return startOfProcess(pid) === undefined;
}

function locked(lock: z.infer<typeof pulumiLock>, stack: string): UserError {
  const who = `process ${lock.pid} of ${lock.username} on ${lock.hostname}, since ${lock.timestamp}`;
  const wayOut =
    lock.hostname === hostname()
      ? "Wait for it, or end it."
      : `If that host or process is known to be gone, run \`pulumi cancel --stack ${stack}\` after \`eval "$(npm run -s env)"\`.`;
  return new UserError(`Pulumi works on stack "${stack}" already: ${who}. ${wayOut}`);
}

/** Pulumi writes a file beside under a name that ends in `.tmp`; its attributes it writes in place. */
function removeRemains({ written, checkpoint }: StackFiles, stack: string): string[] {
  const remains = written.flatMap((folder) => {
    const isShared = folder === dirname(checkpoint);
    return list(folder)
      .filter((name) => !isShared || name.startsWith(`${stack}.json`))
      .map((name) => join(folder, name))
      .filter((file) => file.endsWith(".tmp") || (file.endsWith(".attrs") && !isJson(file)));
  });
  for (const file of remains) rmSync(file, { force: true });
  if (remains.length === 0) return [];
  return [`removed ${count(remains.length, "half-written file")} of Pulumi`];
}

const checkpointFile = z.object({ version: z.number(), checkpoint: z.object({}) });

function restoreState({ checkpoint, backup, history }: StackFiles, stack: string): string[] {
  if (!existsSync(checkpoint) || parse(checkpointFile, checkpoint) !== null) return [];
  const earlier = [
    backup,
    ...list(history)
      .filter((name) => name.endsWith(".checkpoint.json"))
      .map((name) => join(history, name)),
  ].filter((file) => existsSync(file));
  const good = earlier
    .toSorted((a, b) => statSync(b).mtimeMs - statSync(a).mtimeMs)
    .find((file) => parse(checkpointFile, file) !== null);
  if (good === undefined) {
    throw new UserError(
      `The state in ${checkpoint} cannot be read, and no earlier one is left. Move that file away, and run ` +
        `\`${npmCommand("up", stack, "--adopt")}\`: it takes over what runs; data is in volumes and stays.`,
    );
  }
  copyFileSync(checkpoint, `${checkpoint}.unreadable`);
  copyFileSync(good, checkpoint);
  rmSync(`${checkpoint}.attrs`, { force: true });
  return [`the state could not be read: took the one before it, ${basename(good)}`];
}

function list(folder: string): string[] {
  return existsSync(folder) ? readdirSync(folder) : [];
}

function remove(file: string): void {
  rmSync(file, { force: true });
  rmSync(`${file}.attrs`, { force: true });
}

function isJson(file: string): boolean {
  return parse(z.unknown(), file) !== null;
}

/** @returns null when the file is not what it should be */
function parse<T>(schema: z.ZodType<T>, file: string): T | null {
  try {
    return schema.parse(JSON.parse(readFileSync(file, "utf8")));
  } catch {
    return null;
  }
}
