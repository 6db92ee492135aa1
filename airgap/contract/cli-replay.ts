import { rm } from "node:fs/promises";
import { join } from "node:path";
import { readCalls } from "./cli-calls.ts";
import { compareCalls, compareChanges } from "./cli-compare.ts";
import { STACK, makeProject, writeResources } from "./cli-project.ts";
import { runPulumi } from "./cli-run.ts";
import type { CliStage } from "./cli-run.ts";
import { knownFor } from "./known-values.ts";
import type { JsonObject, RecordedCall, Step } from "./recording.ts";
import { runBefore } from "./run-before.ts";

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
  const known = knownFor(stage);
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

/** The first count of changes: of the preview, where a command has one. */
function parseChanges(output: string): readonly string[] {
  const lines = output.split("\n");
  const start = lines.findIndex((line) => line.trim() === "Resources:");
  if (start < 0) return [];
  const end = lines.findIndex((line, i) => i > start && line.trim() === "");
  return lines.slice(start + 1, end < 0 ? undefined : end).map((line) => line.trim());
}
