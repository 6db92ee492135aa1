import { expect, it } from "vitest";
import { formatValue } from "./format-value.ts";

it.each([
  [536870912, "bytes", "512 MiB"],
  [1073741824, "bytes", "1 GiB"],
  [1000, "bytes", "1000 bytes"],
  [1536, "bytes", "1536 bytes"],
  [0, "bytes", "0 bytes"],
  [500_000_000, "nanocpus", "0.5 CPU"],
  [3, "restarts", "3 restarts"],
  [3, undefined, "3"],
  ["engine 1 GiB", "bytes", "engine 1 GiB"],
  [true, undefined, "true"],
  [null, undefined, "–"],
])("%j in %s is %j", (value, unit, expected) => {
  expect(formatValue(value, unit)).toBe(expected);
});
