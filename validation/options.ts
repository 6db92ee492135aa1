import type Docker from "dockerode";
import type { Deployment } from "../catalog/deployment.ts";
import type { Clock } from "./clock.ts";

export interface ValidationOptions {
  /** What the stack says it deployed, or why that could not be read. */
  readonly deployment: Deployment | { readonly unreadable: string };
  /** The engine: a client to ask, and its address for messages. */
  readonly docker: { readonly client: Docker; readonly host: string };
  /** How published ports are reached, where not by a plain connection, by `address:port`. @default plain connections */
  readonly ways?: ReadonlyMap<string, PortWay>;
  readonly stackName: string;
  /** Folder that keeps the reports of all stacks. */
  readonly reportsRoot: string;
  /** Facts about the run that the caller knows: source revision, kind and version of each tool. Shown as they are. */
  readonly runContext?: RunContext;
  /** @default a random UUID */
  readonly runId?: string;
  /** @default the machine's clock */
  readonly clock?: Clock;
  /** Ends the run early; the report says so and the exit code is 130. */
  readonly signal?: AbortSignal;
  /** Longest time for the whole run. @default 240,000 */
  readonly deadlineMs?: number;
  /** How long checks that a fresh deployment may fail at first are repeated. */
  readonly settle?: SettleOptions;
  /** Bearer token for stacks with `auth.mode: jwt`. @default none: what needs one cannot be checked there */
  readonly token?: string;
  /** Values that must not appear in any file or on any terminal, such as the stack's secret outputs. */
  readonly secrets?: readonly string[];
  /** Called after each attempt, for progress display. */
  readonly onAttempt?: (progress: AttemptProgress) => void;
}

/** The way to a port that the engine publishes on another machine. */
export type PortWay =
  /** A Unix socket here that leads there. */
  | { readonly socketPath: string }
  /** There is none; the sentence says why, and what to do. */
  | { readonly closed: string };

export interface SettleOptions {
  /** @default 45,000 */
  readonly deadlineMs?: number;
  /** Pause between two attempts. @default 2,000 */
  readonly pauseMs?: number;
}

export interface AttemptProgress {
  readonly attempt: number;
  readonly checks: number;
  /** Ids of the checks that another attempt may mend; empty after the last one. */
  readonly waitingFor: readonly string[];
}

/** JSON with named sections, such as `{ git: { revision, dirty }, toolchain: { … } }`. */
export type RunContext = Readonly<Record<string, Json>>;

export type Json =
  string | number | boolean | null | readonly Json[] | { readonly [name: string]: Json };

/** The one user that validations trade for: marked as theirs, and one more trader however often they run. */
export const syntheticTrader = "validation";
/** Users that validations read as: one for each run, so that two runs do not use up one user's limit of requests. */
export const syntheticUserPrefix = "validation-";
