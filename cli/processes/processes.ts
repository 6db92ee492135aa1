import { readdirSync, readFileSync } from "node:fs";
import { startOfProcess } from "../enter/process-identity.mjs";

/** A process that no later one with the same number is taken for. */
export interface ProcessIdentity {
  readonly pid: number;
  /** As `startOfProcess` says it. */
  readonly started: string;
}

export function identify(pid: number): ProcessIdentity | null {
  const started = startOfProcess(pid);
  return started === undefined ? null : { pid, started };
}

export function isRunning({ pid, started }: ProcessIdentity): boolean {
  return startOfProcess(pid) === started;
}

/**
 * Processes of the session that a process has opened and leads, itself among them. Plugins put themselves into groups of
 * their own, but none leaves the session. While a session has a process, its number is given to no other.
 * @returns their ids; outside Linux only the leader's
 */
export function processesOfSession(leader: ProcessIdentity): number[] {
  const startedNow = startOfProcess(leader.pid);
  if (startedNow !== undefined && startedNow !== leader.started) return [];
  if (process.platform !== "linux") return startedNow === undefined ? [] : [leader.pid];
  return readProcesses()
    .filter(({ session }) => session === leader.pid)
    .map(({ pid }) => pid);
}

/** Descendants of a process that are in its own session: not an engine that was started to stay. */
export function descendantsInSession(ancestor: number): number[] {
  const processes = process.platform === "linux" ? readProcesses() : [];
  const own = processes.find(({ pid }) => pid === ancestor);
  const found: number[] = [];
  const parents = [ancestor];
  // Each process is visited once, since each has one parent.
  for (let parent = parents.pop(); parent !== undefined; parent = parents.pop()) {
    for (const { pid, ppid, session } of processes) {
      if (ppid !== parent || session !== own?.session) continue;
      found.push(pid);
      parents.push(pid);
    }
  }
  return found;
}

/** Sends a signal to processes; one that is gone already is no error. */
export function signalAll(pids: readonly number[], signal: NodeJS.Signals): void {
  for (const pid of pids) {
    try {
      process.kill(pid, signal);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== "ESRCH") throw error;
    }
  }
}

interface ListedProcess {
  readonly pid: number;
  readonly ppid: number;
  readonly session: number;
}

function readProcesses(): ListedProcess[] {
  return readdirSync("/proc")
    .filter((name) => /^\d+$/.test(name))
    .map((name) => readProcess(Number(name)))
    .filter((it) => it !== undefined);
}

/** @returns undefined when it is gone, or has ended and nobody has taken note of it */
function readProcess(pid: number): ListedProcess | undefined {
  let stat: string;
  try {
    stat = readFileSync(`/proc/${pid}/stat`, "utf8");
  } catch {
    return undefined;
  }
  // The name in parentheses may hold blanks; after it come state, parent, group and session.
  const [state, ppid, , session] = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
  if (state === "Z" || state === "X") return undefined;
  return { pid, ppid: Number(ppid), session: Number(session) };
}
