import type { Properties } from "../plugin/values.ts";
import type { Drawing } from "./drawn-resource.ts";
import { asNumber, asString } from "./read-values.ts";
import { textProblems, type TextSpec } from "./text.ts";

/**
 * The inputs of a password or a string with their defaults. `number` is the old name of `numeric`; the
 * state carries both with one value.
 */
export function planText(inputs: Properties): ReturnType<Drawing["plan"]> {
  const numeric = inputs["numeric"] ?? inputs["number"] ?? true;
  return {
    length: inputs["length"],
    lower: inputs["lower"] ?? true,
    upper: inputs["upper"] ?? true,
    special: inputs["special"] ?? true,
    numeric,
    number: inputs["number"] ?? numeric,
    minLower: inputs["minLower"] ?? 0,
    minUpper: inputs["minUpper"] ?? 0,
    minNumeric: inputs["minNumeric"] ?? 0,
    minSpecial: inputs["minSpecial"] ?? 0,
    overrideSpecial: inputs["overrideSpecial"],
  };
}

/** Says what is wrong with the planned inputs of a password or a string. */
export function problemsOfText(planned: Properties, name: string): readonly string[] {
  const { number, numeric } = planned;
  const problems = textProblems(
    Object.fromEntries(Object.entries(planned).filter(([, value]) => typeof value === "number")),
    name,
  );
  if (typeof number === "boolean" && typeof numeric === "boolean" && number !== numeric) {
    problems.push(
      `Invalid Attribute Value. number is the old name of numeric and must have the same value, ` +
        `got: number ${String(number)}, numeric ${String(numeric)}; leave number out. ` +
        `Examine values at '${name}.number'.`,
    );
  }
  return problems;
}

/** Reads planned inputs, all of them known. */
export function textSpec(planned: Properties): TextSpec {
  return {
    length: asNumber(planned["length"]),
    lower: planned["lower"] === true,
    upper: planned["upper"] === true,
    numeric: planned["numeric"] === true,
    special: planned["special"] === true,
    minLower: asNumber(planned["minLower"]),
    minUpper: asNumber(planned["minUpper"]),
    minNumeric: asNumber(planned["minNumeric"]),
    minSpecial: asNumber(planned["minSpecial"]),
    overrideSpecial: asString(planned["overrideSpecial"]),
  };
}
