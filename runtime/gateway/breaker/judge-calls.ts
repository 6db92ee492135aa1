import type { Cause } from "./breaker.ts";
import type { CallWindow } from "./call-window.ts";
import type { BreakerRules } from "./rules.ts";

/**
 * Whether the calls say that a breaker should open.
 * @param connectFailures connections in a row that could not be made
 * @returns why, or null
 */
export function judgeCalls(
  { calls, failures, slowCalls }: CallWindow,
  connectFailures: number,
  rules: BreakerRules,
): Cause | null {
  if (connectFailures >= rules.connectFailures) {
    const detail = `${connectFailures} connections in a row could not be made`;
    return { reason: "connect_failures", detail };
  }
  if (calls < rules.minimumCalls) return null;
  if (failures * 100 >= calls * rules.failurePercent) {
    return { reason: "failure_rate", detail: `${failures} of the last ${calls} calls failed` };
  }
  if (slowCalls * 100 >= calls * rules.slowPercent) {
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
