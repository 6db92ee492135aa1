import { randomInt } from "node:crypto";

/** What a random password or string consists of; `min…` counts hold even for a class that is off. */
export interface TextSpec {
  readonly length: number;
  readonly lower: boolean;
  readonly upper: boolean;
  readonly numeric: boolean;
  readonly special: boolean;
  readonly minLower: number;
  readonly minUpper: number;
  readonly minNumeric: number;
  readonly minSpecial: number;
  /** Characters that take the place of the default special ones; empty keeps the default ones. */
  readonly overrideSpecial: string;
}

export const LOWER = "abcdefghijklmnopqrstuvwxyz";
export const UPPER = "ABCDEFGHIJKLMNOPQRSTUVWXYZ";
export const NUMERIC = "0123456789";
export const SPECIAL = "!@#$%&*()-_=+[]{}<>:?";

/**
 * Draws a text of exactly `length` characters: first the minimum of each class, then the rest out
 * of all classes that are on, then the whole is shuffled so that the place tells nothing of the
 * class. `crypto.randomInt` rejects the draws that a modulo would favour, so every character and
 * every order is equally likely.
 *
 * @throws Error when characters are still needed and no class is on; lengths and counts are
 *   expected to have passed `textProblems`.
 */
export function drawText(spec: TextSpec): string {
  const special = Array.from(spec.overrideSpecial || SPECIAL);
  const drawn = [
    ...draw(Array.from(LOWER), spec.minLower),
    ...draw(Array.from(UPPER), spec.minUpper),
    ...draw(Array.from(NUMERIC), spec.minNumeric),
    ...draw(special, spec.minSpecial),
  ];
  const allowed = [
    ...(spec.upper ? Array.from(UPPER) : []),
    ...(spec.lower ? Array.from(LOWER) : []),
    ...(spec.numeric ? Array.from(NUMERIC) : []),
    ...(spec.special ? special : []),
  ];
  if (allowed.length === 0) {
    throw new Error(
      "there are no characters to draw from: upper, lower, numeric and special are all false; " +
        "set at least one of them to true",
    );
  }
  return shuffle([...drawn, ...draw(allowed, spec.length - drawn.length)]).join("");
}

/**
 * Says what is wrong with the numbers of a spec, in the words of the official provider, one
 * sentence a problem. `resourceName` goes into the path that each sentence ends with.
 */
export function textProblems(spec: Partial<TextSpec>, resourceName: string): string[] {
  const problems: string[] = [];
  const report = (property: string, rule: string, value: number) =>
    problems.push(
      `Invalid Attribute Value. Attribute ${property} value must be ${rule}, got: ${value}. ` +
        `Examine values at '${resourceName}.${property}'.`,
    );

  const minimums = {
    minUpper: spec.minUpper,
    minLower: spec.minLower,
    minNumeric: spec.minNumeric,
    minSpecial: spec.minSpecial,
  };
  let sum = 0;
  for (const [property, value] of Object.entries(minimums)) {
    if (value === undefined) continue;
    if (!Number.isInteger(value)) report(property, "a whole number", value);
    else if (value < 0) report(property, "at least 0", value);
    sum += value;
  }
  if (spec.length === undefined) return problems;
  if (!Number.isInteger(spec.length)) {
    report("length", "a whole number", spec.length);
  } else if (spec.length < 1) {
    report("length", "at least 1", spec.length);
  } else if (spec.length < sum) {
    report(
      "length",
      "at least sum of min_upper + min_lower + min_numeric + min_special",
      spec.length,
    );
  }
  return problems;
}

function draw(characters: readonly string[], count: number): string[] {
  return Array.from({ length: count }, () => characters[randomInt(characters.length)] ?? "");
}

/** Fisher and Yates: each order has the same chance, which sorting by random keys does not give. */
function shuffle(characters: readonly string[]): string[] {
  const shuffled = [...characters];
  for (let last = shuffled.length - 1; last > 0; last--) {
    const other = randomInt(last + 1);
    [shuffled[last], shuffled[other]] = [shuffled[other] ?? "", shuffled[last] ?? ""];
  }
  return shuffled;
}
