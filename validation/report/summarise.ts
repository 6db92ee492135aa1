import { projectName } from "../../catalog/labels.ts";
import {
  severities,
  statuses,
  type CheckResult,
  type Report,
  type Severity,
  type Status,
} from "./schema.ts";
import { decide, type Ending } from "./verdict.ts";

export interface RunFacts {
  readonly runId: string;
  readonly stack: string;
  /** null when the stack could not be read. */
  readonly release: string | null;
  readonly startedAt: Date;
  readonly finishedAt: Date;
  readonly attempts: number;
  readonly ending: Ending;
  readonly context: Report["context"];
  readonly logs: Report["logs"];
}

/** Everything that is counted or decided is so here, once; renderers only show it. */
export function summarise(checks: readonly CheckResult[], facts: RunFacts): Report {
  const { runId, stack, release, startedAt, finishedAt, attempts, ending, context, logs } = facts;
  return {
    schemaVersion: 1,
    runId,
    project: projectName,
    stack,
    release,
    startedAt: startedAt.toISOString(),
    finishedAt: finishedAt.toISOString(),
    durationMs: Math.max(0, finishedAt.getTime() - startedAt.getTime()),
    attempts,
    ...decide(checks, ending),
    summary: countChecks(checks),
    context,
    checks: [...checks],
    logs,
  };
}

export function countChecks(checks: readonly CheckResult[]): Report["summary"] {
  const bySeverity = Object.fromEntries(
    severities.map((severity) => [
      severity,
      countStatuses(checks.filter((check) => check.severity === severity)),
    ]),
  ) as Record<Severity, Record<Status, number>>;
  return { total: checks.length, byStatus: countStatuses(checks), bySeverity };
}

/** @returns a count for every status, zero included */
export function countStatuses(
  checks: readonly Pick<CheckResult, "status">[],
): Record<Status, number> {
  const counts = Object.fromEntries(statuses.map((status) => [status, 0])) as Record<
    Status,
    number
  >;
  for (const { status } of checks) counts[status]++;
  return counts;
}
