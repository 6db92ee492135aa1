import { execFile } from "node:child_process";
import { rm } from "node:fs/promises";
import { join } from "node:path";
import { compareAnswers, textsOf } from "./compare.ts";
import { readCalls } from "./cli-calls.ts";
import { STACK, makeProject, writeResources } from "./cli-project.ts";
import type { Bundles } from "./cli-project.ts";
import { SCENARIO_FOLDER } from "./generated.ts";
import { KnownValues } from "./known-values.ts";
import { prepare } from "./prepare.ts";
import type { JsonObject, RecordedCall, Step } from "./recording.ts";
import { runBefore } from "./run-before.ts";
import { compareErrors } from "./wording.ts";

/** What a replay with the Pulumi CLI needs from outside. */
export interface CliStage {
  /** The folder that stands for `__DIR__`; it becomes the project's folder. */
  readonly folder: string;
  readonly bundles: Bundles;
  /** The CLI's program. */
  readonly pulumi: string;
  readonly arch: string;
}

/**
 * Runs a recording's programs with the real Pulumi CLI, step by step on one stack, and compares exit
 * status, the count of changes, and the calls of each resource, requests and answers: here the
 * requests come from the states that our own providers have written.
 *
 * @returns one text for each difference; none if all is the same
 */
export async function replayWithCli(
  recording: readonly Step[],
  stage: CliStage,
): Promise<readonly string[]> {
  const known = new KnownValues();
  known.learn(SCENARIO_FOLDER, stage.folder);
  known.learn("linux/amd64", `linux/${stage.arch}`);
  await makeProject(stage.folder, stage.bundles);
  await runPulumi(stage, ["stack", "init", STACK]);
  const outputs = new Map<string, JsonObject>();
  const differences: string[] = [];
  for (const step of recording) {
    if (step.before !== undefined) await runBefore(step.before, stage.folder, outputs);
    if (step.resources !== undefined) await writeResources(stage.folder, step.resources);
    const { exit, changes, calls } = await runStep(stage, step);
    const found = [
      ...(exit === step.exit ? [] : [`exit status: recorded ${step.exit}, now ${exit}`]),
      ...compareChanges(step.changes, changes),
      ...compareCalls(step.calls, calls, known),
    ];
    differences.push(...found.map((difference) => `${step.step}: ${difference}`));
    for (const { request, response } of calls) {
      const properties = response?.["properties"];
      if (properties !== undefined) outputs.set(request.name, properties as JsonObject);
    }
  }
  return differences;
}

const COMMANDS: Readonly<Record<Step["op"], readonly string[]>> = {
  up: ["up", "--yes"],
  preview: ["preview"],
  refresh: ["refresh", "--yes"],
  destroy: ["destroy", "--yes"],
};

const STEP_DEADLINE_MS = 180_000;

interface StepResult {
  readonly exit: number;
  readonly changes: readonly string[];
  readonly calls: readonly RecordedCall[];
}

async function runStep(stage: CliStage, step: Step): Promise<StepResult> {
  const log = join(stage.folder, "grpc.log");
  await rm(log, { force: true });
  const { exit, output } = await runPulumi(stage, COMMANDS[step.op], { PULUMI_DEBUG_GRPC: log });
  return { exit, changes: parseChanges(output), calls: await readCalls(log) };
}

function runPulumi(
  { folder, pulumi }: CliStage,
  args: readonly string[],
  env: NodeJS.ProcessEnv = {},
): Promise<{ readonly exit: number; readonly output: string }> {
  const options = {
    cwd: folder,
    timeout: STEP_DEADLINE_MS,
    maxBuffer: 64 * 1024 * 1024,
    env: {
      ...process.env,
      PULUMI_HOME: join(folder, "home"),
      PULUMI_BACKEND_URL: `file://${folder}`,
      PULUMI_CONFIG_PASSPHRASE: "contract",
      PULUMI_SKIP_UPDATE_CHECK: "true",
      PULUMI_DISABLE_AUTOMATIC_PLUGIN_ACQUISITION: "true",
      ...env,
    },
  };
  return new Promise((resolve, reject) => {
    const child = execFile(
      pulumi,
      [...args, "--non-interactive", "--color", "never"],
      options,
      (error, out, err) => {
        if (child.exitCode === null)
          reject(
            new Error(`pulumi ${args.join(" ")} did not end: ${error?.message ?? "no reason"}`),
          );
        else resolve({ exit: child.exitCode, output: `${out}\n${err}` });
      },
    );
  });
}

/** The first count of changes: of the preview, where a command has one. */
export function parseChanges(output: string): readonly string[] {
  const lines = output.split("\n");
  const start = lines.findIndex((line) => line.trim() === "Resources:");
  if (start < 0) return [];
  const end = lines.findIndex((line, i) => i > start && line.trim() === "");
  return lines.slice(start + 1, end < 0 ? undefined : end).map((line) => line.trim());
}

function compareChanges(recorded: readonly string[], actual: readonly string[]): readonly string[] {
  const [one, other] = [recorded, actual].map((lines) => lines.join(", "));
  return one === other ? [] : [`changes: recorded ${one ?? ""}, now ${other ?? ""}`];
}

/** Resources are worked on in parallel, so only the calls of one resource have an order. */
function compareCalls(
  recorded: readonly RecordedCall[],
  actual: readonly RecordedCall[],
  known: KnownValues,
): readonly string[] {
  const urns = [...new Set([...recorded, ...actual].map((call) => call.request.urn))];
  return urns.flatMap((urn) => {
    const [before, now] = [recorded, actual].map((calls) =>
      calls.filter((call) => call.request.urn === urn),
    );
    const name = before?.[0]?.request.name ?? now?.[0]?.request.name ?? urn;
    const [one, other] = [before, now].map((calls) => (calls ?? []).map(describe).join(", "));
    if (one !== other) return [`calls of ${name}: recorded ${one ?? ""}; now ${other ?? ""}`];
    return (before ?? []).flatMap((call, i) => {
      const twin = now?.[i];
      return twin === undefined
        ? []
        : compareCall(call, twin, known).map((text) => `${describe(call)} of ${name}: ${text}`);
    });
  });
}

function describe({ method, request, errors }: RecordedCall): string {
  return `${method}${request["preview"] === true ? " (preview)" : ""}${errors === undefined ? "" : " that fails"}`;
}

function compareCall(
  recorded: RecordedCall,
  actual: RecordedCall,
  known: KnownValues,
): readonly string[] {
  const inputs = (recorded.request["news"] ?? recorded.request["inputs"]) as JsonObject | undefined;
  const terms = {
    known,
    type: recorded.request.type,
    mayHaveEnded: mayHaveEnded(recorded.request),
  };
  const requests = compareAnswers(prepare(recorded.request), prepare(actual.request), {
    ...terms,
    chosen: new Set(),
  });
  const answers = compareAnswers(prepare(recorded.response ?? {}), prepare(actual.response ?? {}), {
    ...terms,
    chosen: textsOf(inputs),
  });
  const wording =
    recorded.errors === undefined
      ? []
      : compareErrors(recorded.errors.join("\n"), (actual.errors ?? []).join("\n"));
  return [...requests.map((text) => `request: ${text}`), ...answers, ...wording];
}

function mayHaveEnded(request: RecordedCall["request"]): boolean {
  return JSON.stringify(request).includes('"command":["false"]');
}
