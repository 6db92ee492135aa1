import fc from "fast-check";
import { expect } from "vitest";
import type { LimiterMode } from "../limiter.ts";

/** What a limiter did with one request, and when, in one unit of time. */
export interface Decision {
  readonly at: number;
  readonly admitted: boolean;
}

/**
 * Both halves of an exact limit: no half-open window, wherever it begins, holds more admissions than the limit, and a request
 * is refused only when the window before it holds as many as the limit.
 */
export function expectExact(decisions: readonly Decision[], limit: number, window: number): void {
  const admissions = decisions.filter(({ admitted }) => admitted).map(({ at }) => at);
  expectNeverMore(admissions, limit, window);
  for (const { at, admitted } of decisions) {
    if (admitted) continue;
    const before = admissions.filter((it) => it <= at && it > at - window);
    expect(before.length, `admissions before the refusal at ${at}`).toBe(limit);
  }
}

export function expectNeverMore(
  admissions: readonly number[],
  limit: number,
  window: number,
): void {
  for (let place = limit; place < admissions.length; place += 1) {
    const distance = (admissions[place] ?? 0) - (admissions[place - limit] ?? 0);
    expect(distance, `time over ${limit + 1} admissions`).toBeGreaterThanOrEqual(window);
  }
}

/** A request as it is seen from outside: whatever was decided was decided between question and answer. */
export interface Observed {
  readonly admitted: boolean;
  readonly askedMs: number;
  readonly answeredMs: number;
}

/** Both halves of an exact limit, as far as they can be seen from outside. */
export function expectExactOutside(
  observed: readonly Observed[],
  limit: number,
  windowMs: number,
): void {
  expectNeverMoreOutside(observed, limit, windowMs);
  expectNoEarlyRefusal(observed, limit, windowMs);
}

/** No window that surely holds more admissions than the limit. */
export function expectNeverMoreOutside(
  observed: readonly Observed[],
  limit: number,
  windowMs: number,
): void {
  const admitted = observed.filter((one) => one.admitted).sort((a, b) => a.askedMs - b.askedMs);
  for (let place = limit; place < admitted.length; place += 1) {
    const span = (admitted[place]?.answeredMs ?? 0) - (admitted[place - limit]?.askedMs ?? 0);
    expect(span, `time over ${limit + 1} admissions`).toBeGreaterThanOrEqual(windowMs);
  }
}

/** No refusal before which there surely was room. */
export function expectNoEarlyRefusal(
  observed: readonly Observed[],
  limit: number,
  windowMs: number,
): void {
  const admitted = observed.filter((one) => one.admitted);
  for (const refused of observed) {
    if (refused.admitted) continue;
    const before = admitted.filter(
      ({ askedMs, answeredMs }) =>
        answeredMs + windowMs > refused.askedMs && askedMs <= refused.answeredMs,
    );
    const where = `admissions before the refusal at ${refused.askedMs}`;
    expect(before.length, where).toBeGreaterThanOrEqual(limit);
  }
}

/** A request through one of several gateways that share a limit. */
export interface ObservedAt extends Observed {
  readonly gateway: number;
  readonly mode: LimiterMode;
}

/**
 * What gateways on one Redis keep to however busy the machine is. A request that Redis has not answered in time is decided by
 * its gateway, and Redis knows nothing of it; how many those are, the machine decides. So what Redis decided is within the limit,
 * through whichever gateways it came; what each gateway admitted is, whoever decided; and nothing is refused while there
 * surely was room. Where Redis decided on everything, that is exactness in both directions.
 */
export function expectExactTogether(
  observed: readonly ObservedAt[],
  limit: number,
  windowMs: number,
): void {
  const byRedis = observed.filter(({ mode }) => mode === "redis");
  expectNeverMoreOutside(byRedis, limit, windowMs);
  for (const gateway of new Set(observed.map((one) => one.gateway))) {
    const own = observed.filter((one) => one.gateway === gateway);
    expectNeverMoreOutside(own, limit, windowMs);
  }
  expectNoEarlyRefusal(observed, limit, windowMs);
}

/** Time between two requests in µs: bursts, pauses around the window's length, long absences. */
export function gaps(windowUs: number, longestUs: number): fc.Arbitrary<number> {
  return fc.oneof(
    { weight: 4, arbitrary: fc.integer({ min: 0, max: 3 }) },
    { weight: 4, arbitrary: fc.integer({ min: 0, max: Math.floor(windowUs / 3) }) },
    { weight: 2, arbitrary: fc.integer({ min: windowUs - 2, max: windowUs + 2 }) },
    { weight: 1, arbitrary: fc.integer({ min: 0, max: longestUs }) },
  );
}

/** Times at which a run begins: anywhere, and just before a count of µs modulo 2³¹ or 2³² begins anew. */
export const beginnings: fc.Arbitrary<number> = fc.oneof(
  fc.integer({ min: 0, max: 2 ** 50 }),
  fc
    .tuple(fc.integer({ min: 1, max: 1000 }), fc.integer({ min: 0, max: 90_000_000 }))
    .map(([turns, before]) => turns * 2 ** 31 - before),
);
