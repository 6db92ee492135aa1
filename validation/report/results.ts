import type { Check, Outcome } from "../checks/check.ts";
import type { Evidence } from "../evidence.ts";
import type { CheckResult } from "./schema.ts";

/** Judges every check on one evidence. Pure. */
export function judgeAll(checks: readonly Check[], evidence: Evidence): Outcome[] {
  return checks.map((check) => check.judge(evidence));
}

/**
 * A check and how it came out, as the report has it.
 * @param attempts until it passed for good, or all that were made
 */
export function resultOf(check: Check, outcome: Outcome, attempts: number): CheckResult {
  const { id, group, severity, why, remedy, evidence } = check;
  const wrong = outcome.status === "fail" || outcome.status === "warn";
  const found =
    "reason" in outcome
      ? { expected: null, actual: outcome.reason }
      : {
          expected: outcome.expected,
          actual: outcome.actual,
          ...(outcome.unit === undefined ? {} : { unit: outcome.unit }),
        };
  return {
    id,
    group,
    severity,
    title: wrong ? check.failureTitle : check.title,
    status: outcome.status,
    ...found,
    why,
    remedy,
    attempts,
    ...(evidence.length === 0 ? {} : { evidence: [...evidence] }),
  };
}
