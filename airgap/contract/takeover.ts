import type { ProviderDriver } from "./driver.ts";
import type { KnownValues } from "./known-values.ts";
import { withMeta } from "./official-meta.ts";
import { prepare } from "./prepare.ts";
import { withoutSecretMarks } from "./recorded-states.ts";
import type { RecordedState } from "./recorded-states.ts";
import type { JsonObject } from "./recording.ts";

/** What our provider makes of a state that the official one has written, with the same program. */
export interface Takeover {
  /** The inputs for the new state. */
  readonly inputs: JsonObject;
  /** `DIFF_NONE` where it takes the resource over as it is. */
  readonly changes: string;
  readonly diffs: readonly string[];
}

/**
 * Asks a provider what the engine asks it on an `up` that finds a state: Check, then Diff.
 *
 * @throws Error with the provider's own words if it fails
 */
export async function takeOver(
  state: RecordedState,
  driver: ProviderDriver,
  known: KnownValues,
): Promise<Takeover> {
  const { urn, type, name, id, inputs, outputs, news, ignoreChanges } = known.translate(
    state as unknown as JsonObject,
  ) as unknown as RecordedState;
  const olds = withoutSecretMarks(withMeta(type, outputs)) as JsonObject;
  const check = await answerOf(driver, "Check", {
    ...{ urn, type, name, olds: inputs, news, oldOutputs: olds },
  });
  const checked = check["inputs"] as JsonObject;
  const diff = await answerOf(driver, "Diff", {
    ...{ urn, type, name, id, olds, oldInputs: inputs, news: checked, ignoreChanges },
  });
  return {
    inputs: prepare(checked),
    changes: diff["changes"] as string,
    diffs: diff["diffs"] as readonly string[],
  };
}

async function answerOf(
  driver: ProviderDriver,
  method: "Check" | "Diff",
  request: Parameters<ProviderDriver["call"]>[1],
): Promise<JsonObject> {
  const outcome = await driver.call(method, request);
  if (outcome.kind === "error") throw new Error(`${method} of ${request.urn}: ${outcome.message}`);
  if (outcome.failures.length > 0) throw new Error(JSON.stringify(outcome.failures));
  return outcome.answer;
}
