import { z } from "zod";

/** The report's table of contents: groups in the order in which they are shown. */
export const groups = [
  "stack",
  "plan",
  "routes",
  "containers",
  "limits",
  "network",
  "data",
  "redis",
  "inventory",
] as const;
export type Group = (typeof groups)[number];

/** From worst to least: a failed blocker or major fails the run, the others are told. */
export const severities = ["blocker", "major", "minor"] as const;
export type Severity = (typeof severities)[number];

/** From worst to best. `error`: could not be measured. `skipped`: there was nothing to measure, or no time. */
export const statuses = ["fail", "error", "warn", "skipped", "not-applicable", "pass"] as const;
export type Status = (typeof statuses)[number];

const scalar = z.union([z.string(), z.number(), z.boolean(), z.null()]);
const count = z.int().nonnegative();
const counts = <const Names extends readonly string[]>(names: Names) =>
  z.strictObject(
    Object.fromEntries(names.map((name) => [name, count])) as Record<Names[number], typeof count>,
  );

export const checkResultSchema = z.strictObject({
  id: z.string().describe("Stable name of the check: <group>.<what>[.<which>]"),
  group: z.enum(groups),
  severity: z.enum(severities),
  title: z.string().describe("What is true, or not true, in one sentence"),
  status: z.enum(statuses),
  expected: scalar,
  actual: scalar.describe("What was found; where nothing could be, the reason"),
  unit: z.string().optional(),
  why: z.string(),
  remedy: z.string(),
  attempts: count.describe("Attempts until it passed for good, or all that were made"),
  evidence: z.array(z.string()).optional().describe("Dotted paths into evidence.json"),
});
export type CheckResult = z.infer<typeof checkResultSchema>;

export const reportSchema = z.strictObject({
  schemaVersion: z.literal(1),
  runId: z.string(),
  project: z.string(),
  stack: z.string(),
  release: z.string().nullable().describe("null when the stack could not be read"),
  startedAt: z.iso.datetime(),
  finishedAt: z.iso.datetime(),
  durationMs: count,
  attempts: count,
  verdict: z.enum(["passed", "failed", "inconclusive"]),
  verdictReason: z.string(),
  exitCode: z
    .union([z.literal(0), z.literal(1), z.literal(3), z.literal(4), z.literal(130)])
    .describe(
      "0 passed, 1 failed, 3 engine or stack not reachable, 4 inconclusive, 130 interrupted",
    ),
  summary: z.strictObject({
    total: count,
    byStatus: counts(statuses),
    bySeverity: z
      .strictObject({ blocker: counts(statuses), major: counts(statuses), minor: counts(statuses) })
      .describe("Checks of each severity by status"),
  }),
  context: z.record(z.string(), z.json()).describe("Engine, toolchain and source, as far as known"),
  checks: z.array(checkResultSchema),
  logs: z
    .record(z.string(), z.array(z.string()))
    .describe("Last lines of the containers that are not well, by container name"),
});
export type Report = z.infer<typeof reportSchema>;
export type ExitCode = Report["exitCode"];
