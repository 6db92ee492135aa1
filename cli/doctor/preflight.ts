import type { StackConfig } from "../../topology/stack-config.ts";
import type { Topology } from "../../topology/topology.ts";

/** `refusal`: deploying now would fail or harm; `warning`: it may. */
export type Severity = "passed" | "info" | "warning" | "refusal";

/** One thing that was looked at. */
export interface Finding {
  /** Stable, such as `ports.in-use` or `memory.sum`. */
  readonly id: string;
  readonly severity: Severity;
  /** What was found, with names and values, in one sentence. */
  readonly message: string;
  /** What to do about it: the setting to change, or the command to run; null where nothing is to be done. */
  readonly remedy: string | null;
}

export interface PreflightInput {
  readonly stack: string;
  readonly config: StackConfig;
  /** What is about to run; null where it cannot be known before set-up has run. */
  readonly topology: Topology | null;
}

/**
 * Looks at machine, engine and stack before anything is touched.
 * @returns all findings; nothing is changed
 */
export function preflight(_input: PreflightInput): Promise<readonly Finding[]> {
  return Promise.resolve([]);
}

/**
 * The same for a command that goes on to deploy: warnings are printed.
 * @throws UserError with every refusal and its remedy
 */
export function requirePreflight(_input: PreflightInput): Promise<void> {
  return Promise.resolve();
}
