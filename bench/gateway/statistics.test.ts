import { expect, test } from "vitest";
import { mostWithinMinute, orderOf, quantile, spread } from "./statistics.ts";

test("the spread names middle and ends, whatever the order", () => {
  expect(spread([5, 1, 4])).toEqual({ median: 4, min: 1, max: 5 });
  expect(spread([4, 1, 2, 3])).toEqual({ median: 2.5, min: 1, max: 4 });
  expect(() => spread([])).toThrow("There are no values.");
});

test("a quantile between two values lies on the line between them", () => {
  expect(quantile([10, 20, 30], 0.5)).toBe(20);
  expect(quantile([10, 20], 0.95)).toBeCloseTo(19.5);
  expect(quantile([7], 0.99)).toBe(7);
});

test("each round begins with another one, and every second runs backwards", () => {
  expect([1, 2, 3, 4].map((round) => orderOf(["a", "b", "c"], round).join(""))).toEqual([
    "abc",
    "acb",
    "cab",
    "cba",
  ]);
  expect(orderOf([], 1)).toEqual([]);
});

test("a minute holds what begins within 60 s, and its end belongs to the next", () => {
  expect(mostWithinMinute([])).toBe(0);
  expect(mostWithinMinute([0, 59_999])).toBe(2);
  expect(mostWithinMinute([0, 60_000])).toBe(1);
  expect(mostWithinMinute([0, 57_000, 57_001, 61_000])).toBe(3);
});
