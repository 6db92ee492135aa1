import { compareAnswers } from "./compare.ts";
import type { Terms } from "./compare.ts";
import type { HalfMade } from "./driver.ts";
import { prepare } from "./prepare.ts";
import type { JsonObject, RecordedCall, Step } from "./recording.ts";

/** An object that a failed creation has left in the state. */
export interface LeftBehind {
  readonly id: string;
  readonly outputs: JsonObject;
}

/**
 * The recordings do not tell what a failed creation has left behind, but later calls do: they are
 * about an id that no answer has given, with the state that went with it.
 *
 * @param seenIds recorded ids that answers have given
 * @returns undefined if nothing was left
 */
export function leftBehind(
  recording: readonly Step[],
  failed: RecordedCall,
  seenIds: ReadonlySet<string>,
): LeftBehind | undefined {
  const calls = recording.flatMap((step) => step.calls);
  const later = calls
    .slice(calls.indexOf(failed) + 1)
    .find((call) => call.request.urn === failed.request.urn)?.request;
  const outputs = (later?.["oldOutputs"] ?? later?.["olds"] ?? later?.["properties"]) as
    JsonObject | undefined;
  const id = later?.["id"] ?? outputs?.["id"];
  if (typeof id !== "string" || outputs === undefined || seenIds.has(id)) return undefined;
  return { id, outputs };
}

/** Compares what a failed creation has left in the state with what the recorded one has left. */
export function compareHalfMade(
  recorded: LeftBehind | undefined,
  actual: HalfMade | undefined,
  inputs: JsonObject,
  terms: Terms,
): readonly string[] {
  if (recorded === undefined) {
    if (actual === undefined) return [];
    return [`left object ${actual.id} in the state, which the recorded call did not`];
  }
  if (actual === undefined)
    return ["left nothing in the state, but the recorded call left an object there"];
  return [
    ...compareAnswers(recorded.id, actual.id, terms),
    ...compareAnswers(prepare(recorded.outputs), prepare(actual.properties), terms),
    ...compareAnswers(prepare(inputs), prepare(actual.inputs), terms),
  ];
}
