import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { Ring } from "./ring.ts";
import { beginnings, type Decision, expectExact, gaps } from "./testing/exactness.ts";

const windowMs = 60_000;
const windowUs = windowMs * 1000;
const threeHoursUs = 3 * 3_600_000_000;

function decide(ring: Ring, atUs: number): Decision {
  const admitted = !ring.isFull(atUs / 1000);
  if (admitted) ring.add(atUs / 1000);
  return { at: atUs, admitted };
}

describe("a ring of admissions", () => {
  it("holds the limit in every window, and refuses only then, at any times", () => {
    const runs = fc.record({
      limit: fc.integer({ min: 1, max: 20 }),
      beginning: beginnings,
      steps: fc.array(gaps(windowUs, threeHoursUs), { minLength: 1, maxLength: 120 }),
    });
    fc.assert(
      fc.property(runs, ({ limit, beginning, steps }) => {
        const ring = new Ring(limit, windowMs);
        let nowUs = beginning;
        const decisions = steps.map((step) => {
          nowUs += step;
          return decide(ring, nowUs);
        });
        expectExact(decisions, limit, windowUs);
      }),
      { numRuns: 500 },
    );
  });

  it("admits again exactly one window after", () => {
    const ring = new Ring(2, windowMs);
    ring.add(1000);
    ring.add(2000);
    expect(ring.isFull(60_999.999)).toBe(true);
    expect(ring.waitMs(60_999.999)).toBe(0.001);
    expect(ring.isFull(61_000)).toBe(false);
    expect(ring.count(61_000)).toBe(1);
    expect(ring.count(62_000)).toBe(0);
    expect(ring.waitMs(62_000)).toBe(0);
  });

  it("keeps the order when an admission is noted late", () => {
    const ring = new Ring(3, windowMs);
    for (const atMs of [100, 300, 200]) ring.add(atMs);
    expect([60_099, 60_100, 60_200, 60_300].map((nowMs) => ring.count(nowMs))).toEqual([
      3, 2, 1, 0,
    ]);
  });

  it("forgets the oldest when more is noted than the limit", () => {
    const ring = new Ring(2, windowMs);
    for (const atMs of [100, 200, 300]) ring.add(atMs);
    expect(ring.count(300)).toBe(2);
    expect(ring.waitMs(300)).toBe(59_900);
  });

  it("takes the memory that is used, and 4 bytes an admission at most", () => {
    const ring = new Ring(200, windowMs);
    expect(ring.bytes).toBe(0);
    ring.add(0);
    expect(ring.bytes).toBe(32);
    for (let count = 0; count < 500; count += 1) ring.add(count);
    expect(ring.bytes).toBe(800);
    expect(ring.count(500)).toBe(200);
  });
});
