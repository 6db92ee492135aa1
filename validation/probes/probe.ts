import type Docker from "dockerode";
import type { Deployment } from "../../catalog/deployment.ts";
import type { Clock } from "../clock.ts";
import type { Evidence, Items, Probed, SectionName, Sections } from "../evidence.ts";
import type { PortWay } from "../options.ts";
import type { HttpClient } from "./http-client.ts";
import { messageOf } from "./message-of.ts";

/** Looks at one part of the running system and says what it found. It may throw: that becomes an `error`. */
export type Probe<Name extends SectionName> = (context: ProbeContext) => Promise<Sections[Name]>;

export interface ProbeContext {
  readonly deployment: Deployment;
  readonly engine: Docker;
  readonly http: HttpClient;
  /** As in the options; the HTTP client knows them already. */
  readonly ways?: ReadonlyMap<string, PortWay> | undefined;
  readonly clock: Clock;
  readonly runId: string;
  /** Bearer token for stacks that ask for one. */
  readonly token: string | null;
  /** What earlier phases of this attempt found. */
  readonly found: Evidence;
  /** Given when this probe's time is over. */
  readonly signal: AbortSignal;
}

/** There is nothing to look at: not a failure of the probe. */
export class NothingToProbe extends Error {
  override readonly name = "NothingToProbe";
}

/**
 * Runs one piece of I/O with a deadline. It never throws, and it ends at its deadline even when the work ignores the signal.
 * @param deadlineMs from now
 */
export async function probed<T>(
  work: (signal: AbortSignal) => Promise<T>,
  { deadlineMs, signal }: { readonly deadlineMs: number; readonly signal: AbortSignal },
): Promise<Probed<T>> {
  const isOver = (): boolean => signal.aborted;
  if (isOver()) return { skipped: messageOf(signal.reason) };
  const deadline = new AbortController();
  const timer = setTimeout(() => {
    deadline.abort(new Error(`no answer within ${deadlineMs / 1000} s`));
  }, deadlineMs);
  const either = AbortSignal.any([signal, deadline.signal]);
  try {
    return { value: await Promise.race([work(either), rejectOnAbort(either)]) };
  } catch (error) {
    if (isOver()) return { skipped: messageOf(signal.reason) };
    if (error instanceof NothingToProbe) return { skipped: error.message };
    return { error: messageOf(deadline.signal.aborted ? deadline.signal.reason : error) };
  } finally {
    clearTimeout(timer);
  }
}

/** Runs one probe an item, no more than `concurrency` at a time. */
export async function probedItems<T>(
  names: readonly string[],
  work: (name: string, signal: AbortSignal) => Promise<T>,
  options: {
    readonly deadlineMs: number;
    readonly signal: AbortSignal;
    readonly concurrency?: number;
  },
): Promise<Items<T>> {
  const items = new Map<string, Probed<T>>();
  const queue = [...names];
  const lane = async (): Promise<void> => {
    for (let name = queue.shift(); name !== undefined; name = queue.shift()) {
      const current = name;
      items.set(current, await probed((signal) => work(current, signal), options));
    }
  };
  await Promise.all(Array.from({ length: options.concurrency ?? 4 }, lane));
  return Object.fromEntries(
    names.flatMap((name) => {
      const item = items.get(name);
      return item === undefined ? [] : [[name, item] as const];
    }),
  );
}

function rejectOnAbort(signal: AbortSignal): Promise<never> {
  return new Promise((_resolve, reject) => {
    const fail = (): void => {
      reject(signal.reason as Error);
    };
    if (signal.aborted) fail();
    else signal.addEventListener("abort", fail, { once: true });
  });
}
