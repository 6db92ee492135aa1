import { existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { execa } from "execa";
import { z } from "zod";
import { prepareForTests, type TestMachine } from "../test-machine.ts";
import { repositoryRoot } from "../paths.ts";
import { check } from "./check.ts";

export interface TestOptions {
  /** Only what needs neither engine nor datastore. */
  readonly unit: boolean;
  /** Only what takes too long for every change. */
  readonly long: boolean;
}

/** What Vitest's JSON reporter writes, as far as it is read. */
const summary = z.object({
  numPassedTests: z.number(),
  numFailedTests: z.number(),
  numPendingTests: z.number(),
  success: z.boolean(),
});

type Counts = Pick<
  z.infer<typeof summary>,
  "numPassedTests" | "numFailedTests" | "numPendingTests"
>;

/**
 * Checks the code, sets up what the tests need, runs them, and closes with a line that counts them.
 * @returns 0 when everything passed
 */
export async function test({ unit, long }: TestOptions): Promise<number> {
  const checked = await check();
  if (unit) return report(checked, [await runProject("unit")]);
  const projects = long ? ["long"] : ["redis", "e2e"];
  // The quick ones first: what they find need not wait for the machine to be set up.
  const first = long ? [] : [await runProject("unit")];
  let machine: TestMachine;
  try {
    machine = await prepareForTests();
  } catch (error) {
    // What was counted is said all the same, and the reason after it.
    report(checked, [...first, { ok: false, counts: noCounts }]);
    throw error;
  }
  try {
    const runs: Run[] = [...first];
    for (const project of projects) runs.push(await runProject(project, machine.env));
    return report(checked, runs);
  } finally {
    await machine.release();
  }
}

const noCounts: Counts = { numPassedTests: 0, numFailedTests: 0, numPendingTests: 0 };

interface Run {
  readonly ok: boolean;
  readonly counts: Counts;
}

async function runProject(
  project: string,
  env: Readonly<Record<string, string>> = {},
): Promise<Run> {
  const folder = mkdtempSync(join(tmpdir(), "astratrade-test-"));
  const outputFile = join(folder, "results.json");
  try {
    process.stdout.write(`\n- tests: ${project}\n`);
    const { exitCode } = await execa(
      "vitest",
      [
        "run",
        "--project",
        project,
        "--reporter=default",
        "--reporter=json",
        `--outputFile.json=${outputFile}`,
      ],
      {
        cwd: repositoryRoot,
        preferLocal: true,
        stdio: ["ignore", "inherit", "inherit"],
        reject: false,
        env,
      },
    );
    const counts = readCounts(outputFile);
    return { ok: exitCode === 0 && counts.success && counts.numPassedTests > 0, counts };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** Without a file the runner broke down before it could count: a run without tests, which is a failed one. */
function readCounts(file: string): z.infer<typeof summary> {
  if (existsSync(file)) return summary.parse(JSON.parse(readFileSync(file, "utf8")));
  return { numPassedTests: 0, numFailedTests: 0, numPendingTests: 0, success: false };
}

/** The code check counts as one test. */
function report(checkExitCode: number, runs: readonly Run[]): number {
  const sum = (count: keyof Counts): number =>
    runs.reduce((total, run) => total + run.counts[count], 0);
  const checkFailed = checkExitCode === 0 ? 0 : 1;
  // A file that cannot even be loaded fails its run without a failed test.
  const brokenRuns = runs.filter(({ ok, counts }) => !ok && counts.numFailedTests === 0).length;
  const failed = sum("numFailedTests") + brokenRuns + checkFailed;
  const skipped = sum("numPendingTests");
  process.stdout.write(
    `\n${sum("numPassedTests") + 1 - checkFailed} passed, ${failed} failed` +
      (skipped === 0 ? "\n" : `, ${skipped} skipped\n`),
  );
  return failed === 0 ? 0 : 1;
}
