import type { Value } from "../../plugin/values.ts";
import { asBlocks, asText } from "./read-values.ts";
import { STRING, required, setOf } from "./shape.ts";

/** Labels as the official provider has them: a set of pairs, not a map. */
export const LABELS = setOf({ label: required(STRING), value: required(STRING) });

/** The labels as the engine wants them. */
export function labelsToMap(labels: Value): Record<string, string> {
  return Object.fromEntries(
    asBlocks(labels).map((pair) => [asText(pair["label"]), asText(pair["value"])]),
  );
}

/** The labels as the engine has them; null if it has none. */
export function labelsFromMap(labels: Readonly<Record<string, string>> | null | undefined): Value {
  return Object.entries(labels ?? {}).map(([label, value]) => ({ label, value }));
}
