import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { drawText, LOWER, NUMERIC, SPECIAL, textProblems, UPPER, type TextSpec } from "./text.ts";

const minimum = fc.integer({ min: 0, max: 12 });

/** Every spec that passes the checks: at least one class on, room for all the minimums. */
const validSpec: fc.Arbitrary<TextSpec> = fc
  .record({
    extra: fc.integer({ min: 0, max: 60 }),
    lower: fc.boolean(),
    upper: fc.boolean(),
    numeric: fc.boolean(),
    special: fc.boolean(),
    minLower: minimum,
    minUpper: minimum,
    minNumeric: minimum,
    minSpecial: minimum,
    overrideSpecial: fc.constantFrom("", "_%@", "~", "é!"),
  })
  .filter((spec) => spec.lower || spec.upper || spec.numeric || spec.special)
  .map(({ extra, ...spec }) => ({
    ...spec,
    length: Math.max(1, spec.minLower + spec.minUpper + spec.minNumeric + spec.minSpecial + extra),
  }));

function count(text: string, characters: string): number {
  return Array.from(text).filter((character) => characters.includes(character)).length;
}

describe("drawText", () => {
  it("has the length, the minimum of each class and no other class, for every valid spec", () => {
    fc.assert(
      fc.property(validSpec, (spec) => {
        const text = drawText(spec);
        const special = spec.overrideSpecial || SPECIAL;
        expect(Array.from(text)).toHaveLength(spec.length);
        const classes = [
          { characters: LOWER, on: spec.lower, minimum: spec.minLower },
          { characters: UPPER, on: spec.upper, minimum: spec.minUpper },
          { characters: NUMERIC, on: spec.numeric, minimum: spec.minNumeric },
          { characters: special, on: spec.special, minimum: spec.minSpecial },
        ];
        let known = 0;
        for (const { characters, on, minimum } of classes) {
          const found = count(text, characters);
          known += found;
          if (on) expect(found).toBeGreaterThanOrEqual(minimum);
          else expect(found).toBe(minimum);
        }
        expect(known).toBe(spec.length);
        expect(textProblems(spec, "p")).toEqual([]);
      }),
      { numRuns: 500 },
    );
  });

  it("draws every character about equally often and in every place", () => {
    const spec: TextSpec = {
      length: 4,
      lower: false,
      upper: false,
      numeric: true,
      special: false,
      minLower: 0,
      minUpper: 0,
      minNumeric: 1,
      minSpecial: 1,
      overrideSpecial: "#",
    };
    const digits = new Map<string, number>();
    const places = [0, 0, 0, 0];
    const rounds = 6000;
    for (let round = 0; round < rounds; round++) {
      Array.from(drawText(spec)).forEach((character, place) => {
        if (character === "#") places[place] = (places[place] ?? 0) + 1;
        else digits.set(character, (digits.get(character) ?? 0) + 1);
      });
    }
    // Six standard deviations each way: a fair draw leaves the range once in 500 million runs.
    for (const seen of places) expect(Math.abs(seen - rounds / 4)).toBeLessThan(202);
    expect(digits.size).toBe(10);
    for (const seen of digits.values())
      expect(Math.abs(seen - (rounds * 3) / 10)).toBeLessThan(242);
  });

  it("says what to do when no class is on", () => {
    const off = { lower: false, upper: false, numeric: false, special: false };
    const none = { minLower: 0, minUpper: 0, minNumeric: 0, minSpecial: 0, overrideSpecial: "" };
    expect(() => drawText({ length: 3, ...off, ...none })).toThrow(
      "upper, lower, numeric and special are all false; set at least one of them to true",
    );
  });
});

describe("textProblems", () => {
  it.each([
    [
      { length: 0 },
      ["Attribute length value must be at least 1, got: 0. Examine values at 'p.length'."],
    ],
    [
      { length: 3, minUpper: 5 },
      [
        "Attribute length value must be at least sum of min_upper + min_lower + min_numeric + " +
          "min_special, got: 3. Examine values at 'p.length'.",
      ],
    ],
    [
      { length: 3, minLower: -1 },
      ["Attribute minLower value must be at least 0, got: -1. Examine values at 'p.minLower'."],
    ],
    [
      { length: 2.5 },
      ["Attribute length value must be a whole number, got: 2.5. Examine values at 'p.length'."],
    ],
    [{ length: 5, minUpper: 5 }, []],
  ])("%j", (spec, expected) => {
    expect(textProblems(spec, "p")).toEqual(
      expected.map((problem) => `Invalid Attribute Value. ${problem}`),
    );
  });
});
