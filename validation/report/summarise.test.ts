import fc from "fast-check";
import { expect, it } from "vitest";
import { checkResult, reportFixture, runFacts } from "../testing/report.ts";
import { reportSchema, severities, statuses, type CheckResult } from "./schema.ts";
import { countChecks, summarise } from "./summarise.ts";

it("counts by status and by severity, zeros included", () => {
  const checks = [
    checkResult(),
    checkResult({ status: "fail", severity: "minor" }),
    checkResult({ status: "fail" }),
  ];
  const none = { fail: 0, error: 0, warn: 0, skipped: 0, "not-applicable": 0, pass: 0 };
  expect(countChecks(checks)).toEqual({
    total: 3,
    byStatus: { ...none, pass: 1, fail: 2 },
    bySeverity: {
      blocker: { ...none, pass: 1, fail: 1 },
      major: none,
      minor: { ...none, fail: 1 },
    },
  });
});

it("counts every check once, whatever there is", () => {
  const anyCheck: fc.Arbitrary<CheckResult> = fc
    .record({ status: fc.constantFrom(...statuses), severity: fc.constantFrom(...severities) })
    .map(checkResult);
  fc.assert(
    fc.property(fc.array(anyCheck), (checks) => {
      const { total, byStatus, bySeverity } = countChecks(checks);
      const sum = (counts: Readonly<Record<string, number>>): number =>
        Object.values(counts).reduce((all, one) => all + one, 0);
      expect(total).toBe(checks.length);
      expect(sum(byStatus)).toBe(total);
      expect(severities.reduce((all, it) => all + sum(bySeverity[it]), 0)).toBe(total);
      for (const status of statuses) {
        const inAll = severities.reduce((all, it) => all + bySeverity[it][status], 0);
        expect(byStatus[status]).toBe(inAll);
      }
    }),
  );
});

it("makes a report that fits its schema", () => {
  const report = reportFixture();
  expect(reportSchema.parse(JSON.parse(JSON.stringify(report)))).toEqual(report);
  expect(report).toMatchObject({
    project: "astratrade",
    startedAt: "2026-01-02T03:04:05.678Z",
    durationMs: 12_334,
    verdict: "failed",
  });
});

it("does not show a negative duration when the clock was set back", () => {
  const finishedAt = new Date(runFacts.startedAt.getTime() - 5_000);
  expect(summarise([], { ...runFacts, finishedAt }).durationMs).toBe(0);
});
