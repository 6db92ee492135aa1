import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { systemRandom } from "../clock.ts";
import { isWorthKeeping, ratioSampler } from "./sampling.ts";

const hex32 = fc.stringMatching(/^[0-9a-f]{32}$/);

describe("a sampler by ratio", () => {
  it("takes none at 0 and all at 1", () => {
    fc.assert(
      fc.property(hex32, (traceId) => {
        expect([ratioSampler(0)(traceId), ratioSampler(1)(traceId)]).toEqual([false, true]);
      }),
    );
  });

  it.each([
    ["just below the threshold", "ffffffffffffffffffe66666666665ff", false],
    ["at it", "000000000000000000e6666666666660", true],
  ])("decides by the last 56 bits: %s", (_what, traceId, expected) => {
    expect(ratioSampler(0.1)(traceId)).toBe(expected);
  });

  it("takes a trace at every higher ratio, if at one", () => {
    const ratio = fc.double({ min: 0, max: 1, noNaN: true });
    fc.assert(
      fc.property(hex32, ratio, ratio, (traceId, one, other) => {
        const [low, high] = [Math.min(one, other), Math.max(one, other)];
        expect(ratioSampler(low)(traceId) && !ratioSampler(high)(traceId)).toBe(false);
      }),
    );
  });

  it("takes about its share", () => {
    const sampler = ratioSampler(0.1);
    const count = 20_000;
    let taken = 0;
    for (let index = 0; index < count; index += 1) if (sampler(systemRandom.hex(16))) taken += 1;
    // Six standard deviations.
    expect(Math.abs(taken - 0.1 * count)).toBeLessThan(6 * Math.sqrt(count * 0.09));
  });
});

describe("a span is kept", () => {
  const own = "req_0123456789abcdef";
  it.each([
    [true, own, true, true],
    [false, own, true, false],
    [false, own, false, true],
    [false, "plan-1", true, true],
    [false, "req_0123", true, true],
  ])("sampled %s, id %s, ok %s: %s", (sampled, id, ok, expected) => {
    expect(isWorthKeeping(sampled, id, ok)).toBe(expected);
  });
});
