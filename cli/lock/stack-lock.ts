import { AsyncLocalStorage } from "node:async_hooks";
import { randomUUID } from "node:crypto";
import { mkdirSync, rmSync } from "node:fs";
import { hostname } from "node:os";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import {
  createLockFile,
  readLockFile,
  replaceLockFile,
  takeOverLockFile,
} from "../enter/lock-file.mjs";
import { userName } from "../operator.ts";
import type { Paths } from "../paths.ts";
import { endSession } from "../processes/end-session.ts";
import { interruptible } from "../processes/interruption.ts";
import { identify, type ProcessIdentity } from "../processes/processes.ts";
import { UserError } from "../setup/user-error.ts";
import {
  describeAge,
  describeHolder,
  parseLock,
  stateOfLock,
  type LockContent,
  type LockState,
} from "./lock-content.ts";

export interface StackLockOptions {
  readonly paths: Pick<Paths, "locks">;
  readonly stack: string;
  /** Name of the command that wants it, such as `up`. With its options it is shown to whoever finds the lock taken. */
  readonly command: string;
  /** How long to wait for another command to end, in milliseconds; 0 refuses at once. */
  readonly waitMs: number;
  /** Tells the user what is waited for or taken over. @default a line on standard error */
  readonly notice?: (text: string) => void;
}

const pollMs = 500;

/** The lock that the running command holds. */
const held = new AsyncLocalStorage<HeldLock>();

/**
 * Does work that only one command at a time may do with a stack. The lock is given back in every way out; after a kill
 * the next command finds that the process is gone, ends the Pulumi command that it may have left running, and takes the
 * lock over.
 * @throws UserError naming owner, host, age and command of whoever has the lock
 */
export async function withStackLock<T>(
  options: StackLockOptions,
  work: () => Promise<T>,
): Promise<T> {
  const lock = new HeldLock(lockFile(options.paths, options.stack), options);
  const command = `\`${typedCommand(options.command)}\``;
  return await interruptible({ command, release: () => lock.release() }, async () => {
    await acquire(lock, options);
    const release = (): void => lock.release();
    process.once("exit", release);
    try {
      return await held.run(lock, work);
    } finally {
      process.off("exit", release);
      release();
    }
  });
}

/**
 * Who works on a stack; read only.
 * @returns null when nobody does
 */
export function readStackLock(
  paths: Pick<Paths, "locks">,
  stack: string,
): (LockContent & { readonly state: LockState; readonly file: string }) | null {
  const file = lockFile(paths, stack);
  const lock = parseLock(readLockFile(file) ?? "");
  return lock === null ? null : { ...lock, state: stateOfLock(lock), file };
}

/**
 * Notes in the running command's lock, if it holds one, a Pulumi process that it has started.
 * @returns takes the note away again, when the process has ended
 */
export function notePulumiInLock(leader: ProcessIdentity): () => void {
  const lock = held.getStore();
  lock?.note((noted) => [...noted, leader]);
  return () => lock?.note((noted) => noted.filter((it) => it !== leader));
}

class HeldLock {
  readonly file: string;
  #content: LockContent;
  #isHeld = false;

  constructor(file: string, { command }: Pick<StackLockOptions, "command">) {
    const own = identify(process.pid);
    if (own === null) throw new Error("This process cannot be found in the list of processes.");
    this.file = file;
    this.#content = {
      id: randomUUID(),
      owner: userName(),
      host: hostname(),
      process: own,
      command: typedCommand(command),
      since: new Date().toISOString(),
      pulumi: [],
    };
  }

  get text(): string {
    return `${JSON.stringify(this.#content)}\n`;
  }

  taken(): void {
    this.#isHeld = true;
  }

  note(change: (noted: readonly ProcessIdentity[]) => readonly ProcessIdentity[]): void {
    this.#content = { ...this.#content, pulumi: change(this.#content.pulumi) };
    if (this.#isHeld) replaceLockFile(this.file, this.text);
  }

  release(): void {
    this.#isHeld = false;
    if (parseLock(readLockFile(this.file) ?? "")?.id === this.#content.id) {
      rmSync(this.file, { force: true });
    }
  }
}

async function acquire(lock: HeldLock, options: StackLockOptions): Promise<void> {
  const { notice = writeNotice } = options;
  mkdirSync(options.paths.locks, { recursive: true, mode: 0o700 });
  const giveUpAt = performance.now() + options.waitMs;
  let waitsFor = "";
  for (;;) {
    if (createLockFile(lock.file, lock.text)) break;
    const text = readLockFile(lock.file);
    const holder = text === undefined ? null : parseLock(text);
    if (text !== undefined && isGone(text)) {
      if (takeOverLockFile(lock.file, text, lock.text, isGone)) {
        lock.taken();
        await sayAndClear(holder, notice);
        return;
      }
    } else if (holder !== null) {
      if (performance.now() >= giveUpAt) throw taken(holder, lock.file, options);
      if (waitsFor !== holder.id) {
        notice(
          `Waiting up to ${describeAge(options.waitMs)} for stack "${options.stack}": ${describeHolder(holder)}.`,
        );
      }
      waitsFor = holder.id;
    }
    await delay(Math.min(pollMs, Math.max(10, giveUpAt - performance.now())));
  }
  lock.taken();
}

/** A file that is no lock belongs to nobody. */
function isGone(text: string): boolean {
  const holder = parseLock(text);
  return holder === null || stateOfLock(holder) === "abandoned";
}

async function sayAndClear(
  holder: LockContent | null,
  notice: (text: string) => void,
): Promise<void> {
  if (holder === null) {
    notice("An unreadable lock file was left behind: taken over.");
    return;
  }
  notice(`${describeHolder(holder)}, was ended before it was done: its lock is taken over.`);
  const ended = await Promise.all(holder.pulumi.map((leader) => endSession(leader, notice)));
  if (ended.includes(true)) notice("What it had left running has ended.");
}

function taken(holder: LockContent, file: string, options: StackLockOptions): UserError {
  const { stack, command, waitMs } = options;
  const waited = waitMs === 0 ? "" : ` after ${describeAge(waitMs)} of waiting`;
  const wayOut =
    stateOfLock(holder) === "elsewhere"
      ? `That host's processes cannot be seen from here. If it is known to be gone, delete ${file}.`
      : `\`${typedCommand(command, ["--wait", "10m"])}\` waits for it.`;
  return new UserError(
    `Another command works on stack "${stack}"${waited}: ${describeHolder(holder)}.\n${wayOut}`,
  );
}

/** The command with its options, where it is this process's own, and with others that stand last, so that they hold. */
function typedCommand(command: string, more: readonly string[] = []): string {
  const [, , name, ...args] = process.argv;
  const options = [...(name === command ? args : []), ...more];
  return `npm run ${command}${options.length > 0 ? ` -- ${options.join(" ")}` : ""}`;
}

function lockFile({ locks }: Pick<Paths, "locks">, stack: string): string {
  return join(locks, `${stack}.lock`);
}

function writeNotice(text: string): void {
  process.stderr.write(`${text}\n`);
}
