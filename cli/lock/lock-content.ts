import { hostname } from "node:os";
import { z } from "zod";
import { isRunning } from "../processes/processes.ts";
import { count } from "../words.ts";

const processIdentity = z.object({ pid: z.int().positive(), started: z.string() });

const lockContent = z.object({
  id: z.string(),
  /** Name of the user. */
  owner: z.string(),
  host: z.string(),
  /** The command's own process. */
  process: processIdentity,
  /** As the user typed it. */
  command: z.string(),
  since: z.iso.datetime(),
  /** The Pulumi commands that it runs at the moment; each leads a session of its own. */
  pulumi: z.array(processIdentity).readonly(),
});

export type LockContent = Readonly<z.infer<typeof lockContent>>;

/**
 * - `held`: its process runs
 * - `abandoned`: its process is gone
 * - `elsewhere`: another host's, whose processes cannot be asked
 */
export type LockState = "held" | "abandoned" | "elsewhere";

/** @returns null for what no command of ours has written; a machine that lost its power leaves such files */
export function parseLock(text: string): LockContent | null {
  try {
    return lockContent.parse(JSON.parse(text));
  } catch {
    return null;
  }
}

export function stateOfLock({ host, process }: LockContent): LockState {
  if (host !== hostname()) return "elsewhere";
  return isRunning(process) ? "held" : "abandoned";
}

/** `npm run up by alice on build-1, process 4711, for 3 minutes (since 2026-01-02 10:00:00 UTC)` */
export function describeHolder(lock: LockContent, nowMs: number = Date.now()): string {
  const since = lock.since.slice(0, 19).replace("T", " ");
  const { pid } = lock.process;
  return (
    `\`${lock.command}\` by ${lock.owner} on ${lock.host}, process ${pid}, ` +
    `for ${describeAge(nowMs - Date.parse(lock.since))} (since ${since} UTC)`
  );
}

/** `1 second`, `3 minutes`, `2 hours`: whole units, rounded down. Clocks of two hosts may differ: never negative. */
export function describeAge(milliseconds: number): string {
  const seconds = Math.max(0, Math.floor(milliseconds / 1000));
  const units = [
    ["day", 86_400],
    ["hour", 3600],
    ["minute", 60],
  ] as const;
  const [name, length] = units.find(([, it]) => seconds >= it) ?? ["second", 1];
  return count(Math.floor(seconds / length), name);
}
