import { Pool } from "undici";
import { setTimeout as sleep } from "node:timers/promises";

/** One request of a load, and what came of it. */
export interface LoadAnswer {
  /** `performance.now()` when it was sent. */
  readonly sentAtMs: number;
  readonly tookMs: number;
  /** The answer's status, or the error's code where there was none. */
  readonly outcome: number | string;
  /** Header `X-Fallback`, or empty. */
  readonly fallback: string;
}

/** Requests that come at a constant rate, whether earlier ones have been answered or not. */
export interface Load {
  /** Those that have been answered so far, in the order of their answers. */
  readonly answers: readonly LoadAnswer[];
  /** Ends it when the last request has its answer. */
  stop(): Promise<readonly LoadAnswer[]>;
}

export interface LoadOptions {
  readonly path: string;
  readonly perSecond: number;
}

const stepMs = 10;
/** Nothing may take longer; it is above every deadline of the gateway. */
const hangMs = 20_000;
/** So many that none of them comes near its limit. */
const users = 500;

/** Asks with GET, as many users in turn, on connections that are kept. */
export function startLoad(origin: string, { path, perSecond }: LoadOptions): Load {
  const pool = new Pool(origin, { connections: 200, pipelining: 1 });
  const answers: LoadAnswer[] = [];
  const pending = new Set<Promise<void>>();
  const startMs = performance.now();
  let sent = 0;
  let stopped = false;

  async function ask(user: number): Promise<void> {
    const sentAtMs = performance.now();
    const signal = AbortSignal.timeout(hangMs);
    const note = (outcome: number | string, fallback = ""): void => {
      answers.push({ sentAtMs, tookMs: performance.now() - sentAtMs, outcome, fallback });
    };
    try {
      const headers = { "x-user-id": `load-${user}` };
      const answer = await pool.request({ path, method: "GET", headers, signal });
      await answer.body.dump();
      note(answer.statusCode, String(answer.headers["x-fallback"] ?? ""));
    } catch (error) {
      note(error instanceof Error && "code" in error ? String(error.code) : String(error));
    }
  }

  async function run(): Promise<void> {
    while (!stopped) {
      const due = Math.floor(((performance.now() - startMs) / 1000) * perSecond);
      for (; sent < due; sent += 1) {
        const asked = ask(sent % users).finally(() => pending.delete(asked));
        pending.add(asked);
      }
      await sleep(stepMs);
    }
  }

  const running = run();
  return {
    answers,
    stop: async () => {
      stopped = true;
      await running;
      await Promise.all(pending);
      await pool.destroy();
      return answers;
    },
  };
}

/** How often each outcome came, for an assertion that shows all of them. */
export function countOutcomes(answers: readonly LoadAnswer[]): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const { outcome, fallback } of answers) {
    const key = fallback === "" ? String(outcome) : `${outcome} ${fallback}`;
    counts[key] = (counts[key] ?? 0) + 1;
  }
  return counts;
}

/**
 * Of the requests sent after a moment, the last whose answer was not 200 of the service's own: when it came, as time after that
 * moment; 0 when all were good. A request that the service swallowed before is not answered by its return.
 */
export function lastBadAfter(answers: readonly LoadAnswer[], momentMs: number): number {
  const bad = answers
    .filter(({ sentAtMs }) => sentAtMs >= momentMs)
    .filter(({ outcome, fallback }) => outcome !== 200 || fallback !== "")
    .map(({ sentAtMs, tookMs }) => sentAtMs + tookMs - momentMs);
  return Math.max(0, ...bad);
}
