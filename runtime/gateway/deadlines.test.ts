import fc from "fast-check";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { createDeadlines, type Deadline } from "./deadlines.ts";

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

function deadline(expiresAtMs: number, expire: () => void): Deadline {
  return { expiresAtMs, expire, previousDeadline: undefined, nextDeadline: undefined };
}

describe("deadlines", () => {
  it("expire within a tick, once, and not when they were taken off", () => {
    const deadlines = createDeadlines(() => Date.now());
    const startMs = Date.now();
    const expired: string[] = [];
    const add = (name: string, afterMs: number) => {
      const one = deadline(startMs + afterMs, () =>
        expired.push(`${name} ${Date.now() - startMs}`),
      );
      deadlines.add(one);
      return one;
    };
    add("a", 100);
    const b = add("b", 50);
    add("c", 1);
    add("d", 200);
    deadlines.remove(b);
    deadlines.remove(b);
    vi.advanceTimersByTime(1000);
    expect(expired).toEqual(["c 20", "a 100", "d 200"]);
    expect(vi.getTimerCount()).toBe(0);
  });

  it("may be taken off, or put on, by another that expires", () => {
    const deadlines = createDeadlines(() => Date.now());
    const expired: string[] = [];
    const first = deadline(0, () => {
      expired.push("first");
      deadlines.remove(second);
      deadlines.add(third);
    });
    const second = deadline(0, () => {
      expired.push("second");
      deadlines.remove(first);
      deadlines.add(third);
    });
    const third = deadline(0, () => expired.push("third"));
    deadlines.add(second);
    deadlines.add(first);
    vi.advanceTimersByTime(100);
    expect(expired).toEqual(["first", "third"]);
  });

  it("are all on the list that were put on it and not taken off", () => {
    fc.assert(
      fc.property(fc.array(fc.tuple(fc.nat(9), fc.boolean()), { maxLength: 60 }), (steps) => {
        const deadlines = createDeadlines(() => Date.now());
        const expired: number[] = [];
        const all = Array.from({ length: 10 }, (_, index) =>
          deadline(0, () => expired.push(index)),
        );
        const expected = new Set<number>();
        for (const [index, isAdded] of steps) {
          const one = all[index];
          if (one === undefined) continue;
          if (isAdded) deadlines.add(one);
          else deadlines.remove(one);
          if (isAdded) expected.add(index);
          else expected.delete(index);
        }
        vi.advanceTimersByTime(40);
        expect(expired.sort()).toEqual([...expected].sort());
      }),
    );
  });
});
