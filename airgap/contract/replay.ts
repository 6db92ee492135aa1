import type { Bundles } from "./bundles.ts";
import { compareAnswers, textsOf } from "./compare.ts";
import type { Terms } from "./compare.ts";
import { startProvider } from "./driver.ts";
import type { Outcome, ProviderDriver } from "./driver.ts";
import { compareHalfMade, leftBehind } from "./half-made.ts";
import { knownFor } from "./known-values.ts";
import type { KnownValues } from "./known-values.ts";
import { prepare } from "./prepare.ts";
import type { JsonObject, RecordedCall, Step } from "./recording.ts";
import { runBefore } from "./run-before.ts";
import { compareErrors, compareFailures } from "./wording.ts";

/** What a replay needs from outside. */
export interface Stage {
  /** The folder that stands for `__DIR__`. */
  readonly folder: string;
  /** Entry points of the providers. */
  readonly bundles: Pick<Bundles, "docker" | "random">;
  /** The architecture of the engine in Go's words; the recordings were made on `amd64`. */
  readonly arch: string;
}

/**
 * Replays a recording call by call: each recorded request, with the values of this run in place of
 * the recorded ones, goes to the real provider, which works on the real engine. As in Pulumi, each
 * step has provider processes of its own.
 *
 * @param known learns what this run has in the place of the recorded ids and addresses
 * @returns one text for each difference, saying step, call and path; none if all is the same
 */
export async function replay(
  recording: readonly Step[],
  stage: Stage,
  known: KnownValues = knownFor(stage),
): Promise<readonly string[]> {
  const run: Run = {
    recording,
    stage,
    known,
    seenIds: new Set(),
    outputs: new Map(),
    differences: [],
  };
  for (const step of recording) await replayStep(run, step);
  return run.differences;
}

interface Run {
  readonly recording: readonly Step[];
  readonly stage: Stage;
  readonly known: KnownValues;
  /** Recorded ids that an answer has given so far. */
  readonly seenIds: Set<string>;
  /** Logical name to the newest outputs of this run. */
  readonly outputs: Map<string, JsonObject>;
  readonly differences: string[];
}

async function replayStep(run: Run, step: Step): Promise<void> {
  if (step.before !== undefined) await runBefore(step.before, run.stage.folder, run.outputs);
  const drivers = new Map<string, ProviderDriver>();
  try {
    for (const call of step.calls) {
      const driver = await driverFor(run, drivers, call);
      const outcome = await driver.call(
        call.method,
        run.known.translate<RecordedCall["request"]>(call.request),
      );
      for (const difference of compareCall(run, call, outcome)) {
        const mode = call.request["preview"] === true ? " (preview)" : "";
        run.differences.push(
          `${step.step}: ${call.method}${mode} of ${call.request.name}: ${difference}`,
        );
      }
    }
  } finally {
    await Promise.all([...drivers.values()].map((driver) => driver.stop()));
  }
}

async function driverFor(
  run: Run,
  drivers: Map<string, ProviderDriver>,
  call: RecordedCall,
): Promise<ProviderDriver> {
  const name = call.request.type.split(":")[0] ?? "";
  const running = drivers.get(name);
  if (running !== undefined) return running;
  if (name !== "docker" && name !== "random")
    throw new Error(`there is no provider for ${call.request.type}`);
  const driver = await startProvider(run.stage.bundles[name]);
  drivers.set(name, driver);
  return driver;
}

function compareCall(run: Run, call: RecordedCall, outcome: Outcome): readonly string[] {
  const terms = termsOf(run, call);
  if (outcome.kind === "error") {
    if (call.errors === undefined) return [`failed: ${outcome.message}`];
    const wording = compareErrors(
      call.errors.join("\n"),
      [outcome.message, ...(outcome.halfMade?.reasons ?? [])].join("\n"),
    );
    const left = leftBehind(run.recording, call, run.seenIds);
    if (left !== undefined) run.seenIds.add(left.id);
    const inputs = call.request["properties"] as JsonObject;
    return [...wording, ...compareHalfMade(left, outcome.halfMade, inputs, terms)];
  }
  if (call.errors !== undefined)
    return [`succeeded, but the recorded call failed: ${call.errors.join("; ")}`];
  const { failures: recordedFailures, ...recorded } = call.response ?? {};
  const failures = compareFailures(
    (recordedFailures ?? []) as readonly { reason?: string }[],
    outcome.failures,
  );
  const differences = compareAnswers(prepare(recorded), prepare(outcome.answer), terms);
  if (typeof recorded["id"] === "string") run.seenIds.add(recorded["id"]);
  const { properties } = outcome.answer;
  if (properties !== undefined && call.method !== "Diff")
    run.outputs.set(call.request.name, properties as JsonObject);
  return [...failures, ...differences];
}

function termsOf({ known }: Run, { request }: RecordedCall): Terms {
  const inputs = (request["news"] ?? request["properties"] ?? request["inputs"]) as
    JsonObject | undefined;
  return {
    known,
    chosen: textsOf(inputs),
    type: request.type,
    mayHaveEnded: JSON.stringify(inputs?.["command"]) === '["false"]',
  };
}
