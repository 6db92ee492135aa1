import { expect, test } from "vitest";
import { nanoseconds, secondsText } from "./durations.ts";

test.each([
  ["3s", 3e9],
  ["1m30s", 90e9],
  ["1h0m0s", 3600e9],
  ["500ms", 5e8],
  ["1.5s", 15e8],
  ["0s", 0],
  ["", 0],
  [null, 0],
])("%s is %d ns", (text, expected) => {
  expect(nanoseconds(text)).toBe(expected);
});

test("people read seconds", () => {
  expect(secondsText(5e8)).toBe("0.5 s");
});
