import { expect, test } from "vitest";
import { describePlanned } from "./describe-planned.ts";

test.each([
  [{ create: 3, replace: 1 }, 40, "3 to create, 1 to replace, 40 unchanged"],
  [{ delete: 1, update: 2, create: 0 }, 0, "2 to update, 1 to delete"],
  [{ refresh: 4 }, 53, "no change"],
  [null, 0, "no change"],
])("%j and %i unchanged: %s", (changes, unchanged, text) => {
  expect(describePlanned({ changes, unchanged })).toBe(text);
});
