import { expect, test } from "vitest";
import { topologyOf } from "../topology/testing.ts";
import { configHash, goDuration } from "./container-spec.ts";

test.each([
  [0, "0s"],
  [500, "500ms"],
  [1500, "1.5s"],
  [60_000, "1m0s"],
  [90_000, "1m30s"],
  [3_600_000, "1h0m0s"],
])("%i ms is %s, as Go prints it", (milliseconds, text) => {
  expect(goDuration(milliseconds)).toBe(text);
});

test("the configuration hash follows the plan and the files, not the order of keys", () => {
  const { redis } = topologyOf({});
  const files = [{ file: "/a", content: "1" }];
  const hash = configHash(redis, files);
  const reversed = Object.fromEntries(Object.entries(redis).reverse()) as typeof redis;
  expect(configHash(reversed, files)).toBe(hash);
  expect(configHash({ ...redis, memoryMb: 256 }, files)).not.toBe(hash);
  expect(configHash(redis, [{ file: "/a", content: "2" }])).not.toBe(hash);
});
