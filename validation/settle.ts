import type { Check, Outcome } from "./checks/check.ts";
import type { Clock } from "./clock.ts";
import type { Evidence, SectionName } from "./evidence.ts";
import type { AttemptProgress } from "./options.ts";
import { judgeAll, resultOf } from "./report/results.ts";
import type { CheckResult } from "./report/schema.ts";

export interface Settling {
  readonly checks: readonly Check[];
  /** One pass over the running system; sections that are kept are not gathered again. */
  readonly gather: (kept: Evidence) => Promise<Evidence>;
  /** No new attempt begins after this time. */
  readonly deadlineMs: number;
  readonly pauseMs: number;
  readonly clock: Clock;
  readonly signal: AbortSignal;
  readonly onAttempt: (progress: AttemptProgress) => void;
}

export interface Settled {
  readonly evidence: Evidence;
  readonly results: readonly CheckResult[];
  readonly attempts: number;
}

/**
 * Gathers and checks until every check that time may mend has passed, or time is over. This is the one place where anything
 * is repeated. A check that no waiting can mend, such as a wrong limit, does not hold up the answer.
 */
export async function settle(settling: Settling): Promise<Settled> {
  const { checks, gather, deadlineMs, pauseMs, clock, signal, onAttempt } = settling;
  const endMs = clock.now().getTime() + deadlineMs;
  /** By check: the attempt from which on it passed. */
  const passesSince = new Map<string, number>();
  const isOver = (): boolean => signal.aborted;
  let attempt = 1;
  let evidence = await gather({});
  let outcomes = judgeAll(checks, evidence);
  for (;;) {
    notePasses(checks, outcomes, { passesSince, attempt });
    const waiting = waitingChecks(checks, outcomes);
    const isLast = waiting.length === 0 || isOver() || clock.now().getTime() + pauseMs >= endMs;
    onAttempt({
      attempt,
      checks: checks.length,
      waitingFor: isLast ? [] : waiting.map(({ id }) => id),
    });
    if (isLast) break;
    await clock.sleep(pauseMs, signal);
    const next = await gather(keptSections(evidence, waiting));
    // An attempt that was cut off says less than the whole one before it.
    if (isOver()) break;
    attempt++;
    evidence = next;
    outcomes = judgeAll(checks, evidence);
  }
  const results = checks.map((check, index) =>
    resultOf(check, outcomes[index] as Outcome, passesSince.get(check.id) ?? attempt),
  );
  return { evidence, results, attempts: attempt };
}

function notePasses(
  checks: readonly Check[],
  outcomes: readonly Outcome[],
  { passesSince, attempt }: { passesSince: Map<string, number>; attempt: number },
): void {
  checks.forEach(({ id }, index) => {
    if (outcomes[index]?.status !== "pass") passesSince.delete(id);
    else if (!passesSince.has(id)) passesSince.set(id, attempt);
  });
}

function waitingChecks(checks: readonly Check[], outcomes: readonly Outcome[]): Check[] {
  return checks.filter((check, index) => {
    const status = outcomes[index]?.status;
    return check.settles && (status === "fail" || status === "error");
  });
}

/** Sections that cost the platform something to gather: done once, unless what they showed may still mend. */
const costly: readonly SectionName[] = ["trade", "load", "selfCheck"];

function keptSections(evidence: Evidence, waiting: readonly Check[]): Evidence {
  const wanted = new Set(waiting.flatMap((check) => check.evidence.map(sectionOf)));
  const kept = costly.filter((name) => {
    const found = evidence[name];
    return found !== undefined && "value" in found && !wanted.has(name);
  });
  return Object.fromEntries(kept.map((name) => [name, evidence[name]]));
}

function sectionOf(path: string): string {
  return path.split(".")[0] ?? path;
}
