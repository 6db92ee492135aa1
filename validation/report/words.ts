import {
  groups,
  statuses,
  type CheckResult,
  type Group,
  type Report,
  type Status,
} from "./schema.ts";
import { byCause } from "./order.ts";
import { countStatuses } from "./summarise.ts";

/** A status as a word beside a check. */
export const statusWords: Readonly<Record<Status, string>> = {
  fail: "FAIL",
  error: "ERROR",
  warn: "WARN",
  skipped: "skip",
  "not-applicable": "n/a",
  pass: "pass",
};

const countWords: Readonly<Record<Status, string>> = {
  fail: "failed",
  error: "not measured",
  warn: "with a warning",
  skipped: "skipped",
  "not-applicable": "not applicable",
  pass: "passed",
};

/** For example `10 passed, 2 failed, 1 not applicable`: what passed first, then from worst to least. */
export function countText(counts: Readonly<Record<Status, number>>): string {
  return (["pass", ...statuses.filter((status) => status !== "pass")] as const)
    .filter((status) => counts[status] > 0)
    .map((status) => `${counts[status]} ${countWords[status]}`)
    .join(", ");
}

/** Checks that somebody has to do something about: worst first, and among equals likely causes first. */
export function troubles({ checks }: Report): CheckResult[] {
  return (["fail", "error", "warn"] as const).flatMap((status) =>
    byCause(checks.filter((check) => check.status === status)),
  );
}

export interface GroupSummary {
  readonly group: Group;
  readonly checks: readonly CheckResult[];
  readonly text: string;
}

/** Groups that have checks, in the report's order. */
export function groupSummaries({ checks }: Report): GroupSummary[] {
  return groups.flatMap((group) => {
    const own = checks.filter((check) => check.group === group);
    return own.length === 0 ? [] : [{ group, checks: own, text: countText(countStatuses(own)) }];
  });
}

/**
 * For example `dev, version 0.1.0`. The label `release` holds the platform's version; a numbered release is recorded only
 * after this report.
 */
export function subject({ stack, release }: Report): string {
  return release === null ? stack : `${stack}, version ${release}`;
}

/** For example `131 checks: 129 passed, 2 failed. 12.3 s, 3 attempts, exit code 1.` */
export function closingLine({ summary, durationMs, attempts, exitCode }: Report): string {
  const checks = `${summary.total} ${summary.total === 1 ? "check" : "checks"}`;
  const tries = `${attempts} ${attempts === 1 ? "attempt" : "attempts"}`;
  return `${checks}: ${countText(summary.byStatus)}. ${(durationMs / 1000).toFixed(1)} s, ${tries}, exit code ${exitCode}.`;
}
