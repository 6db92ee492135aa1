import { Decimal } from "decimal.js";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { formatUnits, roundTo, toUnits } from "./money.ts";

describe("toUnits and formatUnits", () => {
  it.each([
    ["0", 0n, "0.00"],
    ["1000", 100_000_000_000n, "1000.00"],
    ["0.00000001", 1n, "0.00000001"],
    ["-1.5", -150_000_000n, "-1.50"],
    ["1.23456", 123_456_000n, "1.23456"],
  ])("%s", (value, units, text) => {
    expect(toUnits(value)).toBe(units);
    expect(formatUnits(units)).toBe(text);
  });

  it("refuses what it would have to round", () => {
    expect(() => toUnits("0.000000001")).toThrow("0.000000001 has more than 8 places.");
  });

  it("are each other's inverse", () => {
    fc.assert(
      fc.property(fc.bigInt({ min: -(10n ** 18n), max: 10n ** 18n }), (units) => {
        expect(toUnits(formatUnits(units))).toBe(units);
        expect(toUnits(new Decimal(formatUnits(units, 8)))).toBe(units);
      }),
    );
  });

  it("write no point where no places are asked for and none are needed", () => {
    expect(formatUnits(100_000_000n, 0)).toBe("1");
  });
});

describe("roundTo", () => {
  it.each([
    ["1.005", "1.01"],
    ["1.004999", "1"],
    ["-1.005", "-1.01"],
  ])("rounds %s half up to %s", (value, rounded) => {
    expect(roundTo(value, 2).toFixed()).toBe(rounded);
  });
});
