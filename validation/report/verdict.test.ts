import { describe, expect, it } from "vitest";
import { checkResult } from "../testing/report.ts";
import type { CheckResult } from "./schema.ts";
import { decide } from "./verdict.ts";

const pass = checkResult();
const failed = checkResult({ id: "plan.trade", group: "plan", status: "fail" });
const minorFailed = checkResult({ id: "inventory.networks", status: "fail", severity: "minor" });
const unmeasured = checkResult({ id: "plan.image", status: "error", severity: "major" });
const skipped = checkResult({ id: "plan.health", status: "skipped" });
const noEngine = checkResult({
  id: "stack.engine",
  group: "stack",
  status: "fail",
  title: "The Docker engine does not answer",
  actual: "connect ENOENT",
});

describe("decide", () => {
  const rows: [string, CheckResult[], Parameters<typeof decide>[1], object][] = [
    [
      "passes when everything did",
      [pass],
      "complete",
      {
        verdict: "passed",
        exitCode: 0,
        verdictReason: "Everything that can be checked here is as it should be.",
      },
    ],
    [
      "passes with a failed minor and a warning, and tells them",
      [pass, minorFailed, checkResult({ id: "limits.swap.redis", status: "warn" })],
      "complete",
      {
        verdict: "passed",
        exitCode: 0,
        verdictReason:
          "Nothing of weight failed; worth a look: inventory.networks, limits.swap.redis.",
      },
    ],
    [
      "passes with what is not applicable",
      [pass, checkResult({ status: "not-applicable" })],
      "complete",
      { verdict: "passed", exitCode: 0 },
    ],
    [
      "fails with one that did, also when others could not be measured",
      [pass, failed, unmeasured],
      "complete",
      {
        verdict: "failed",
        exitCode: 1,
        verdictReason: "The platform is not as it should be: plan.trade.",
      },
    ],
    [
      "is inconclusive with one that could not be measured",
      [pass, unmeasured, skipped],
      "complete",
      {
        verdict: "inconclusive",
        exitCode: 4,
        verdictReason: "Could not be measured: plan.image, plan.health.",
      },
    ],
    [
      "is inconclusive when time was over",
      [pass, skipped],
      "deadline",
      {
        verdict: "inconclusive",
        exitCode: 4,
        verdictReason: "The run's time was over. Could not be measured: plan.health.",
      },
    ],
    [
      "stands when time was over after everything had been measured",
      [pass, failed],
      "deadline",
      { verdict: "failed", exitCode: 1 },
    ],
    [
      "does not call a stack failed that it cannot reach",
      [noEngine, skipped, failed],
      "complete",
      {
        verdict: "inconclusive",
        exitCode: 3,
        verdictReason: "The Docker engine does not answer: connect ENOENT",
      },
    ],
    [
      "says nothing after an interruption",
      [pass, failed, noEngine],
      "interrupted",
      { verdict: "inconclusive", exitCode: 130 },
    ],
    [
      "names likely causes first",
      [failed, checkResult({ id: "containers.running.nft", group: "containers", status: "fail" })],
      "complete",
      {
        verdictReason: "The platform is not as it should be: containers.running.nft, plan.trade.",
      },
    ],
    [
      "names five and counts the rest",
      Array.from({ length: 7 }, (_, index) => ({ ...failed, id: `plan.${index}` })),
      "complete",
      {
        verdictReason:
          "The platform is not as it should be: plan.0, plan.1, plan.2, plan.3, plan.4 and 2 more.",
      },
    ],
  ];

  it.each(rows)("%s", (_what, checks, ending, expected) => {
    expect(decide(checks, ending)).toMatchObject(expected);
  });
});
