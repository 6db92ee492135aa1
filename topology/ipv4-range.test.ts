import fc from "fast-check";
import { expect, test } from "vitest";
import { cut, isFree, overlap, toAddress, toRange, toRanges } from "./ipv4-range.ts";

test.each([
  ["10.89.0.0/20", { first: 173_604_864, last: 173_608_959 }],
  ["10.89.3.7/20", { first: 173_604_864, last: 173_608_959 }],
  ["0.0.0.0/0", { first: 0, last: 4_294_967_295 }],
  ["10.0.0.256/8", null],
  ["10.0.0.0/33", null],
  ["fd00::/64", null],
])("%s", (cidr, range) => {
  expect(toRange(cidr)).toEqual(range);
});

test("networks cut from a range", () => {
  expect(cut("192.168.0.0/16", 20, 3)).toEqual([
    "192.168.0.0/20",
    "192.168.16.0/20",
    "192.168.32.0/20",
  ]);
  expect(cut("10.0.0.0/24", 16, 3)).toEqual([]);
});

const cidr = fc
  .tuple(fc.integer({ min: 0, max: 2 ** 32 - 1 }), fc.integer({ min: 1, max: 32 }))
  .map(([address, prefix]) => `${toAddress(address)}/${prefix}`);

test("ranges overlap exactly when one's first address lies in the other", () => {
  fc.assert(
    fc.property(cidr, cidr, (a, b) => {
      const [left, right] = [toRange(a), toRange(b)];
      const holds = (outer: typeof left, inner: typeof left) =>
        outer !== null && inner !== null && outer.first <= inner.first && inner.first <= outer.last;
      expect(overlap(a, b)).toBe(holds(left, right) || holds(right, left));
      expect(overlap(a, b)).toBe(overlap(b, a));
    }),
  );
});

test("what is cut from a range lies in it, and its parts do not overlap", () => {
  fc.assert(
    fc.property(cidr, fc.integer({ min: 0, max: 4 }), (base, bits) => {
      const prefix = Number(base.split("/")[1]);
      const parts = cut(base, Math.min(32, prefix + bits), 16);
      parts.forEach((part, index) => {
        expect(overlap(part, base)).toBe(true);
        expect(isFree(part, toRanges(parts.toSpliced(index, 1)))).toBe(true);
      });
    }),
  );
});
