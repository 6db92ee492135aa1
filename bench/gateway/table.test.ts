import { expect, test } from "vitest";
import { digits, markdownTable, withSpread } from "./table.ts";

test("numbers have three digits that count, and thousands are set apart", () => {
  expect([12_345.6, 123.4, 12.34, 1.234, 0].map(digits)).toEqual([
    "12,346",
    "123",
    "12.3",
    "1.23",
    "0.00",
  ]);
});

test("a table has a head, a rule and its rows", () => {
  expect(markdownTable(["a", "b"], [["1", "2"]])).toBe("| a | b |\n| --- | --- |\n| 1 | 2 |");
});

test("a spread shows the middle and both ends", () => {
  expect(withSpread({ median: 88.1, min: 80, max: 100.2 })).toBe("88.1 (80.0–100)");
});
