import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { createRetryBudget, retryWindowSeconds } from "./retry-budget.ts";

describe("the retry budget", () => {
  it("gives one a second where there is little load, and a fifth of the requests where there is more", () => {
    const budget = createRetryBudget(() => 500);
    const take = (times: number) =>
      Array.from({ length: times }, () => budget.tryTake()).filter(Boolean).length;
    budget.onRequest();
    expect(take(100)).toBe(10);
    for (let count = 0; count < 99; count += 1) budget.onRequest();
    expect([take(100), budget.used()]).toEqual([10, 1]);
  });

  it("comes back as the window moves on", () => {
    let nowMs = 0;
    const budget = createRetryBudget(() => nowMs);
    while (budget.tryTake());
    nowMs = 9999;
    expect(budget.tryTake()).toBe(false);
    nowMs = 10_000;
    expect([budget.used(), budget.tryTake()]).toEqual([0, true]);
  });

  const action = fc.oneof(
    { weight: 5, arbitrary: fc.constant({ kind: "request" as const }) },
    { weight: 5, arbitrary: fc.constant({ kind: "retry" as const }) },
    { weight: 1, arbitrary: fc.record({ kind: fc.constant("pass" as const), ms: fc.nat(15_000) }) },
  );

  it("never lets more through than its share of the window, and never less", () => {
    fc.assert(
      fc.property(
        fc.array(action, { maxLength: 400 }),
        fc.double({ min: 0.05, max: 0.5, noNaN: true }),
        fc.nat(3),
        (actions, ratio, minPerSecond) => {
          let nowMs = 0;
          const budget = createRetryBudget(() => nowMs, { ratio, minPerSecond });
          const requests: number[] = [];
          const retries: number[] = [];
          const recent = (times: readonly number[]): number => {
            const first = Math.floor(nowMs / 1000) - retryWindowSeconds + 1;
            return times.filter((at) => Math.floor(at / 1000) >= first).length;
          };
          for (const one of actions) {
            if (one.kind === "pass") nowMs += one.ms;
            if (one.kind === "request") {
              budget.onRequest();
              requests.push(nowMs);
            }
            if (one.kind === "retry") {
              const allowed = Math.max(minPerSecond * retryWindowSeconds, ratio * recent(requests));
              const expected = recent(retries) + 1 <= allowed;
              expect(budget.tryTake()).toBe(expected);
              if (expected) retries.push(nowMs);
            }
          }
        },
      ),
    );
  });
});
