import type { Evidence, Probed } from "../evidence.ts";
import type { Group, Severity } from "../report/schema.ts";
import type { Reader } from "./reader.ts";

/** One statement about the running system, and what to do when it is not true. */
export interface Check {
  /** Stable: reports of different releases are compared by it. `<group>.<what>` or `<group>.<what>.<which>`. */
  readonly id: string;
  readonly group: Group;
  readonly severity: Severity;
  /** What is true when it passes. */
  readonly title: string;
  readonly failureTitle: string;
  /** Why anybody should care. */
  readonly why: string;
  /** What to do; names the container, the route or the command. */
  readonly remedy: string;
  /** Whether waiting may mend a failure, because things take time to start. */
  readonly settles: boolean;
  /** Where in evidence.json the facts are. */
  readonly evidence: readonly string[];
  /** Pure. Evidence that is missing gives `error` or `skipped`, never an exception. */
  readonly judge: (evidence: Evidence) => Outcome;
}

export type Outcome = Judgement | { readonly status: Unjudged; readonly reason: string };

/** What a check says about facts that are there. */
export interface Judgement {
  readonly status: "pass" | "fail" | "warn";
  readonly expected: Scalar;
  readonly actual: Scalar;
  readonly unit?: string;
}

type Unjudged = "error" | "not-applicable" | "skipped";
export type Scalar = string | number | boolean | null;

export interface CheckDefinition<T> extends Omit<Check, "evidence" | "judge" | "settles"> {
  readonly reads: Reader<T>;
  /** @default false */
  readonly settles?: boolean;
  /** Why there is nothing to check here. @default it is checked */
  readonly notApplicable?: string | undefined;
  readonly judge: (facts: T) => Outcome;
}

/** Makes a check that reads what it needs and judges only when that is there. */
export function defineCheck<T>(definition: CheckDefinition<T>): Check {
  const { reads, notApplicable, judge, settles = false, ...check } = definition;
  return {
    ...check,
    settles,
    evidence: notApplicable === undefined ? reads.paths : [],
    judge: (evidence) => {
      if (notApplicable !== undefined) return { status: "not-applicable", reason: notApplicable };
      return judgeProbed(reads.read(evidence), judge);
    },
  };
}

/** Passes when both are the same. */
export function equal(actual: Scalar, expected: Scalar, unit?: string): Judgement {
  return verdict(actual === expected, {
    expected,
    actual,
    ...(unit === undefined ? {} : { unit }),
  });
}

export function verdict(passes: boolean, facts: Omit<Judgement, "status">): Judgement {
  return { status: passes ? "pass" : "fail", ...facts };
}

function judgeProbed<T>(probed: Probed<T> | undefined, judge: (facts: T) => Outcome): Outcome {
  if (probed === undefined) return { status: "error", reason: "nothing was gathered" };
  if ("skipped" in probed) return { status: "skipped", reason: probed.skipped };
  if ("error" in probed) return { status: "error", reason: probed.error };
  try {
    return judge(probed.value);
  } catch (error) {
    // A mistake in one check must not hide the others; the report shows it as what it is.
    return { status: "error", reason: `the check itself failed: ${String(error)}` };
  }
}
