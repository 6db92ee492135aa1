import fc from "fast-check";
import { expect, test } from "vitest";
import { formatDuration, parseDuration, toNanoseconds } from "./duration.ts";

test.each<[string, number | undefined]>([
  ["0", 0],
  ["0s", 0],
  ["500ms", 500e6],
  ["1.5s", 1.5e9],
  ["1m30s", 90e9],
  ["1h0m0.5s", 3_600.5e9],
  ["-1s", -1e9],
  [".5s", 0.5e9],
  ["soon", undefined],
  ["5", undefined],
  ["1s2", undefined],
  ["", undefined],
])("parses %j as %j", (text, nanoseconds) => {
  expect(parseDuration(text)).toBe(nanoseconds);
});

test.each<[number, string]>([
  [0, "0s"],
  [1, "1ns"],
  [1_500, "1.5µs"],
  [500e6, "500ms"],
  [60e9, "1m0s"],
  [90.5e9, "1m30.5s"],
  [3_600e9, "1h0m0s"],
  [-2e9, "-2s"],
])("writes %j as Go does: %s", (nanoseconds, text) => {
  expect(formatDuration(nanoseconds)).toBe(text);
});

test("what was written is read again", () => {
  fc.assert(
    fc.property(fc.integer({ min: -1e15, max: 1e15 }), (nanoseconds) => {
      expect(parseDuration(formatDuration(nanoseconds))).toBe(nanoseconds);
    }),
  );
});

test("refuses what is no duration, by name", () => {
  expect(() => toNanoseconds("soon")).toThrow("'soon' is not a valid duration");
});
