import { randomUUID } from "node:crypto";
import type { Deployment } from "../catalog/deployment.ts";
import { checksFor } from "./checks/index.ts";
import { unreadableStackChecks } from "./checks/stack.ts";
import { systemClock, type Clock } from "./clock.ts";
import type { Evidence } from "./evidence.ts";
import type { Json, ValidationOptions } from "./options.ts";
import { createHttpClient } from "./probes/http-client.ts";
import { gather } from "./probes/index.ts";
import { redact } from "./redact.ts";
import { renderMarkdown } from "./report/markdown.ts";
import type { ExitCode, Report } from "./report/schema.ts";
import { summarise } from "./report/summarise.ts";
import type { Ending } from "./report/verdict.ts";
import { writeReport } from "./report/write.ts";
import { settle, type Settled } from "./settle.ts";

export interface ValidationOutcome {
  readonly report: Report;
  /** 0 passed, 1 failed, 3 engine or stack not reachable, 4 inconclusive, 130 interrupted. */
  readonly exitCode: ExitCode;
  /** Folder with report.json, report.md and evidence.json. */
  readonly reportDir: string;
}

/**
 * Checks a deployed stack and leaves a report: probes → evidence → checks → report → files. The report is written however
 * the run ends, also when it is interrupted or nothing can be reached.
 * @throws Error when the report cannot be written
 */
export async function runValidation(options: ValidationOptions): Promise<ValidationOutcome> {
  const { deployment, stackName, reportsRoot, runContext = {}, secrets = [] } = options;
  const clock = options.clock ?? systemClock;
  const runId = options.runId ?? randomUUID();
  const startedAt = clock.now();
  const run = startRun(options);
  let settled: Settled;
  try {
    settled =
      "unreadable" in deployment
        ? await settleUnreadable(stackName, deployment.unreadable, clock)
        : await settleDeployment(deployment, options, { runId, clock, signal: run.signal });
  } finally {
    run.end();
  }
  const evidence = redact(settled.evidence, secrets);
  const report = summarise(redact(settled.results, secrets), {
    runId,
    stack: stackName,
    release: "unreadable" in deployment ? null : deployment.release,
    startedAt,
    finishedAt: clock.now(),
    attempts: settled.attempts,
    ending: run.ending(),
    context: redact(contextOf(runContext, evidence), secrets),
    logs: logsOf(evidence),
  });
  const reportDir = await writeReport({
    root: reportsRoot,
    stack: stackName,
    startedAt,
    runId,
    files: {
      "report.json": json(report),
      "report.md": renderMarkdown(report),
      "evidence.json": json({
        schemaVersion: 1,
        runId,
        deployment: redact(deployment, secrets),
        evidence,
      }),
    },
  });
  return { report, exitCode: report.exitCode, reportDir };
}

interface Run {
  readonly signal: AbortSignal;
  readonly ending: () => Ending;
  readonly end: () => void;
}

/** One signal for the two ways in which a run ends early. */
function startRun({ signal, deadlineMs = 240_000 }: ValidationOptions): Run {
  const controller = new AbortController();
  let ending: Ending = "complete";
  const endAs = (how: Ending, reason: string): void => {
    if (controller.signal.aborted) return;
    ending = how;
    controller.abort(new Error(reason));
  };
  const interrupt = (): void => {
    endAs("interrupted", "the run was interrupted");
  };
  const timer = setTimeout(() => {
    endAs("deadline", `the run's ${deadlineMs / 1000} s were over`);
  }, deadlineMs);
  if (signal?.aborted === true) interrupt();
  signal?.addEventListener("abort", interrupt);
  return {
    signal: controller.signal,
    ending: () => ending,
    end: () => {
      clearTimeout(timer);
      signal?.removeEventListener("abort", interrupt);
    },
  };
}

async function settleDeployment(
  deployment: Deployment,
  { docker, ways, token, settle: limits = {}, onAttempt = () => undefined }: ValidationOptions,
  { runId, clock, signal }: { runId: string; clock: Clock; signal: AbortSignal },
): Promise<Settled> {
  const http = createHttpClient(ways);
  try {
    return await settle({
      checks: checksFor(deployment, docker.host),
      gather: (kept) =>
        gather(
          {
            deployment,
            engine: docker.client,
            http,
            ways,
            clock,
            runId,
            token: token ?? null,
            signal,
          },
          kept,
        ),
      deadlineMs: limits.deadlineMs ?? 45_000,
      pauseMs: limits.pauseMs ?? 2_000,
      clock,
      signal,
      onAttempt,
    });
  } finally {
    http.close();
  }
}

async function settleUnreadable(stack: string, reason: string, clock: Clock): Promise<Settled> {
  return settle({
    checks: unreadableStackChecks(stack, reason),
    gather: () => Promise.resolve({}),
    deadlineMs: 0,
    pauseMs: 0,
    clock,
    signal: new AbortController().signal,
    onAttempt: () => undefined,
  });
}

/** What the caller knows, with what the engine says of itself. */
function contextOf(
  runContext: Readonly<Record<string, Json>>,
  { engine }: Evidence,
): Report["context"] {
  const context =
    engine !== undefined && "value" in engine
      ? { ...runContext, engine: { ...(runContext["engine"] as object | null), ...engine.value } }
      : runContext;
  return structuredClone(context) as Report["context"];
}

function logsOf({ logs }: Evidence): Report["logs"] {
  if (logs === undefined || !("value" in logs)) return {};
  return Object.fromEntries(
    Object.entries(logs.value).flatMap(([name, lines]) =>
      "value" in lines && lines.value.length > 0 ? [[name, [...lines.value]] as const] : [],
    ),
  );
}

function json(value: unknown): string {
  return `${JSON.stringify(value, null, 2)}\n`;
}
