import { expect, test } from "vitest";
import { describeAge } from "./lock-content.ts";

test.each([
  [-5_000, "0 seconds"],
  [0, "0 seconds"],
  [1_999, "1 second"],
  [59_999, "59 seconds"],
  [60_000, "1 minute"],
  [3_599_000, "59 minutes"],
  [7_200_000, "2 hours"],
  [86_400_000, "1 day"],
])("an age of %i ms is %s", (milliseconds, text) => {
  expect(describeAge(milliseconds)).toBe(text);
});
