import fc from "fast-check";
import { expect, test } from "vitest";
import { networkPoolProblem, subnetOf } from "./network-pool.ts";

test.each([
  ["10.89.0.0/20", null],
  ["172.31.252.0/22", null],
  ["10.0.0.0/23", "expected a prefix length from /8 to /22"],
  ["10.89.1.0/20", "the address does not start a /20 range"],
  ["10.89.256.0/20", "expected an IPv4 range such as 10.89.0.0/20"],
  ["fd00::/64", "expected an IPv4 range such as 10.89.0.0/20"],
])("%s", (pool, problem) => {
  expect(networkPoolProblem(pool)).toBe(problem);
});

test("networks are cut off one after the other", () => {
  expect([0, 1, 4].map((index) => subnetOf("10.89.0.0/20", index))).toEqual([
    "10.89.0.0/26",
    "10.89.0.64/26",
    "10.89.1.0/26",
  ]);
  expect(() => subnetOf("10.89.0.0/22", 16)).toThrow(RangeError);
});

test("two networks of a pool never overlap", () => {
  const index = fc.integer({ min: 0, max: 63 });
  fc.assert(
    fc.property(index, index, (a, b) => {
      expect(subnetOf("10.89.0.0/20", a) === subnetOf("10.89.0.0/20", b)).toBe(a === b);
    }),
  );
});
