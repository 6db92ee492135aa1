import { byCause } from "./order.ts";
import type { CheckResult, ExitCode, Report } from "./schema.ts";

/** How the run itself ended. */
export type Ending = "complete" | "interrupted" | "deadline";

export type Verdict = Pick<Report, "verdict" | "verdictReason"> & { readonly exitCode: ExitCode };

/**
 * The rule: an interrupted run says nothing; neither does one whose engine or stack cannot be reached; a failed blocker or
 * major fails the run; one of those that could not be measured makes it inconclusive; otherwise it passed.
 */
export function decide(checks: readonly CheckResult[], ending: Ending): Verdict {
  if (ending === "interrupted") {
    return inconclusive(130, "The run was interrupted before all checks were made.");
  }
  const unreachable = checks.find(({ group, status }) => group === "stack" && status === "fail");
  if (unreachable !== undefined) {
    return inconclusive(3, `${unreachable.title}: ${String(unreachable.actual)}`);
  }
  const weighty = checks.filter(({ severity }) => severity !== "minor");
  const failed = weighty.filter(({ status }) => status === "fail");
  if (failed.length > 0) {
    const verdictReason = `The platform is not as it should be: ${ids(failed)}.`;
    return { verdict: "failed", verdictReason, exitCode: 1 };
  }
  const unmeasured = weighty.filter(({ status }) => status === "error" || status === "skipped");
  if (unmeasured.length > 0) {
    const because = ending === "deadline" ? "The run's time was over. " : "";
    return inconclusive(4, `${because}Could not be measured: ${ids(unmeasured)}.`);
  }
  const told = checks.filter(({ status }) => status === "fail" || status === "warn");
  const verdictReason =
    told.length === 0
      ? "Everything that can be checked here is as it should be."
      : `Nothing of weight failed; worth a look: ${ids(told)}.`;
  return { verdict: "passed", verdictReason, exitCode: 0 };
}

function inconclusive(exitCode: ExitCode, verdictReason: string): Verdict {
  return { verdict: "inconclusive", verdictReason, exitCode };
}

const shownIds = 5;

function ids(checks: readonly CheckResult[]): string {
  const shown = byCause(checks)
    .slice(0, shownIds)
    .map(({ id }) => id);
  const rest = checks.length - shown.length;
  return rest === 0 ? shown.join(", ") : `${shown.join(", ")} and ${rest} more`;
}
