import type { Cause } from "./breaker.ts";
import type { CallWindow } from "./call-window.ts";
import type { BreakerRules } from "./rules.ts";

/** What ended in the same way, up to now. */
export interface InARow {
  readonly failures: number;
  /** Connections that could not be made. */
  readonly connectFailures: number;
}

/**
 * Whether the calls say that a breaker should open.
 * @returns why, or null
 */
export function judgeCalls(
  { calls, failures, slowCalls }: CallWindow,
  inARow: InARow,
  rules: BreakerRules,
): Cause | null {
  if (inARow.connectFailures >= rules.connectFailures) {
    const detail = `${inARow.connectFailures} connections in a row could not be made`;
    return { reason: "connect_failures", detail };
  }
  const isEnough = calls >= rules.minimumCalls;
  if (isEnough && failures * 100 >= calls * rules.failurePercent) {
    return { reason: "failure_rate", detail: `${failures} of the last ${calls} calls failed` };
  }
  if (inARow.failures >= rules.failures) {
    return { reason: "failures", detail: `${inARow.failures} calls in a row failed` };
  }
  if (isEnough && slowCalls * 100 >= calls * rules.slowPercent) {
    const detail = `${slowCalls} of the last ${calls} calls took longer than ${rules.slowMs} ms`;
    return { reason: "slow_calls", detail };
  }
  return null;
}

/** Whether the rates are good, however few calls there are; with none at all nothing speaks against it. */
export function areRatesGood(
  { calls, failures, slowCalls }: CallWindow,
  { failurePercent, slowPercent }: BreakerRules,
): boolean {
  if (calls === 0) return true;
  return failures * 100 < calls * failurePercent && slowCalls * 100 < calls * slowPercent;
}
