import { expect } from "vitest";
import type { Outcome } from "./sandbox.ts";

/** Asserts how a command ended; what it printed is shown where it ended otherwise. */
export function expectExit(outcome: Outcome, exitCode: number): void {
  expect(outcome.exitCode, outcome.text).toBe(exitCode);
}
