import { mkdtemp, readFile, rm } from "node:fs/promises";
import { createServer, type Server } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import Docker from "dockerode";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { ValidationOptions } from "./options.ts";
import { reportSchema, type Report } from "./report/schema.ts";
import { FakeClock } from "./testing/clock.ts";
import { deploymentFixture } from "./testing/deployment.ts";
import { runValidation } from "./validate.ts";

let root: string;

beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), "astratrade-validation-"));
});

afterEach(async () => {
  await rm(root, { recursive: true, force: true });
});

const engineAt = (socketPath: string): ValidationOptions["docker"] => ({
  client: new Docker({ socketPath }),
  host: `unix://${socketPath}`,
});

const run = (changes: Partial<ValidationOptions> = {}) =>
  runValidation({
    deployment: deploymentFixture(),
    docker: engineAt(join(root, "no-engine.sock")),
    stackName: "dev",
    reportsRoot: join(root, "reports"),
    runId: "3f2a9c1e-0000-4000-8000-000000000000",
    clock: new FakeClock(),
    ...changes,
  });

async function writtenReport(dir: string): Promise<Report> {
  return reportSchema.parse(JSON.parse(await readFile(join(dir, "report.json"), "utf8")));
}

const statusOf = ({ checks }: Report, id: string) => checks.find((it) => it.id === id)?.status;

describe("a stack that cannot be read", () => {
  it("gives a report of one check and exit code 3", async () => {
    const { report, exitCode, reportDir } = await run({
      deployment: { unreadable: "no stack named 'dev' found" },
    });
    expect(exitCode).toBe(3);
    expect(reportDir).toBe(join(root, "reports", "dev", "20260102T030405Z-3f2a9c1e"));
    expect(report).toMatchObject({
      verdict: "inconclusive",
      verdictReason: "The stack dev does not say what it deployed: no stack named 'dev' found",
      release: null,
      checks: [{ id: "stack.deployment", status: "fail" }],
    });
    expect(await writtenReport(reportDir)).toEqual(report);
  });
});

describe("an engine that cannot be reached", () => {
  it("gives exit code 3 at once, and nothing is claimed about the platform", async () => {
    const { report, exitCode, reportDir } = await run();
    expect(exitCode).toBe(3);
    expect(report.attempts).toBe(1);
    expect(report.verdictReason).toMatch(/^The Docker engine does not answer: .*no-engine\.sock/);
    expect(report.summary.byStatus).toMatchObject({ pass: 1, fail: 1, "not-applicable": 1 });
    expect(statusOf(report, "plan.gateway")).toBe("skipped");
    expect(await writtenReport(reportDir)).toEqual(report);
    const evidence = JSON.parse(await readFile(join(reportDir, "evidence.json"), "utf8")) as object;
    expect(evidence).toMatchObject({
      schemaVersion: 1,
      deployment: { stack: "dev" },
      evidence: { engine: { error: expect.any(String) as string } },
    });
    expect(await readFile(join(reportDir, "report.md"), "utf8")).toMatch(
      /^# Validation of stack dev, version 0\.1\.0: inconclusive\n/,
    );
  });
});

describe("an engine that takes the connection and says nothing", () => {
  let silent: Server;
  let path: string;

  beforeEach(async () => {
    silent = createServer(() => undefined);
    path = join(root, "silent.sock");
    await new Promise<void>((resolve) => silent.listen(path, resolve));
  });

  afterEach(async () => {
    silent.closeAllConnections();
    await new Promise((resolve) => silent.close(resolve));
  });

  it("ends with the run's time, and the report says so", async () => {
    const { report, exitCode } = await run({ docker: engineAt(path), deadlineMs: 50 });
    expect(exitCode).toBe(4);
    expect(report.verdictReason).toMatch(/^The run's time was over\. Could not be measured: /);
    expect(report.checks.find(({ id }) => id === "plan.gateway")).toMatchObject({
      status: "skipped",
      actual: "the run's 0.05 s were over",
    });
  });

  it("can be interrupted, and the report is there", async () => {
    const controller = new AbortController();
    silent.once("request", () => controller.abort());
    const { report, exitCode, reportDir } = await run({
      docker: engineAt(path),
      signal: controller.signal,
    });
    expect(exitCode).toBe(130);
    expect(report.verdict).toBe("inconclusive");
    expect(report.checks.find(({ id }) => id === "stack.engine")).toMatchObject({
      status: "skipped",
      actual: "the run was interrupted",
    });
    expect(await writtenReport(reportDir)).toEqual(report);
  });

  it("is not even asked when the run was interrupted before", async () => {
    let asked = false;
    silent.once("request", () => (asked = true));
    const { exitCode } = await run({ docker: engineAt(path), signal: AbortSignal.abort() });
    expect([exitCode, asked]).toEqual([130, false]);
  });
});

describe("what is stored", () => {
  it("has no secret in it, under whatever name it came", async () => {
    const { reportDir } = await run({
      deployment: { unreadable: "the passphrase correct-horse was refused; apiToken=abc" },
      secrets: ["correct-horse"],
      runContext: { note: "correct-horse", PULUMI_CONFIG_PASSPHRASE: "x", cli: "3.274.1" },
    });
    for (const file of ["report.json", "report.md", "evidence.json"]) {
      const text = await readFile(join(reportDir, file), "utf8");
      expect(text).not.toContain("correct-horse");
      expect(text).not.toContain("apiToken=abc");
    }
    expect((await writtenReport(reportDir)).context).toEqual({
      note: "[redacted]",
      PULUMI_CONFIG_PASSPHRASE: "[redacted]",
      cli: "3.274.1",
    });
  });

  it("loses nothing of our own words to that", async () => {
    const { report } = await run();
    expect(JSON.stringify(report.checks)).not.toContain("[redacted]");
  });
});

it("a report that cannot be written is an error that names the place", async () => {
  await expect(run({ reportsRoot: "/dev/null/reports" })).rejects.toThrow("/dev/null/reports");
});
