import { AsyncLocalStorage } from "node:async_hooks";
import { exitCodes, UserError } from "../setup/user-error.ts";
import { descendantsInSession, signalAll } from "./processes.ts";

const signals = ["SIGINT", "SIGTERM", "SIGHUP"] as const;

/** Gets the count of signals so far, from 1 on. */
type Handler = (count: number) => void;

interface Scope {
  readonly command: string;
  readonly handlers: Handler[];
  count: number;
}

/** What a command is in the middle of; told apart by the call, since there may be several in one process. */
const scopes = new AsyncLocalStorage<Scope>();

export interface InterruptibleOptions {
  /** What the user is told to run next. */
  readonly command: string;
  /** Runs before the process ends at a signal that nothing else takes. */
  readonly release: () => void;
  /** @default ends this process */
  readonly exit?: (code: number) => void;
}

/**
 * Runs work that a signal may end at any moment. While something of it takes signals itself (`takeSignals`: a Pulumi
 * command, the validation), the signal is its business. Between those the process ends at once, with exit code 130, what
 * it has started in its session ended as well, and with a word on what to do next.
 */
export async function interruptible<T>(
  { command, release, exit = (code) => process.exit(code) }: InterruptibleOptions,
  work: () => Promise<T>,
): Promise<T> {
  const scope: Scope = { command, handlers: [], count: 0 };
  const onSignal = (): void => {
    scope.count += 1;
    const handler = scope.handlers.at(-1);
    if (handler !== undefined) {
      handler(scope.count);
      return;
    }
    signalAll(descendantsInSession(process.pid), "SIGTERM");
    release();
    // A live list hides the cursor.
    const showCursor = process.stderr.isTTY ? "\u001B[?25h" : "";
    process.stderr.write(`${showCursor}\nInterrupted. ${whatNext(command)}\n`);
    exit(exitCodes.interrupted);
  };
  for (const signal of signals) process.on(signal, onSignal);
  try {
    return await scopes.run(scope, work);
  } finally {
    for (const signal of signals) process.off(signal, onSignal);
  }
}

/**
 * Takes the signals that come from now on.
 * @returns gives them back
 */
export function takeSignals(handler: Handler): () => void {
  const scope = scopes.getStore();
  if (scope === undefined) return takeOutsideOfScope(handler);
  scope.handlers.push(handler);
  return () => {
    const at = scope.handlers.lastIndexOf(handler);
    if (at >= 0) scope.handlers.splice(at, 1);
  };
}

/** Keeps a command that has got a signal from beginning something else. */
export function refuseAfterSignal(): void {
  if ((scopes.getStore()?.count ?? 0) > 0) throw interruptedError();
}

export function interruptedError(): UserError {
  const command = scopes.getStore()?.command ?? "the command";
  return new UserError(`Interrupted. ${whatNext(command)}`, exitCodes.interrupted);
}

/** @returns whether the user ended a command by a signal */
export function isInterruption(error: unknown): boolean {
  return error instanceof UserError && error.exitCode === exitCodes.interrupted;
}

function whatNext(command: string): string {
  return `Run ${command} again to go on: it first puts right what was left half done.`;
}

function takeOutsideOfScope(handler: Handler): () => void {
  let count = 0;
  const onSignal = (): void => {
    count += 1;
    handler(count);
  };
  for (const signal of signals) process.on(signal, onSignal);
  return () => {
    for (const signal of signals) process.off(signal, onSignal);
  };
}
