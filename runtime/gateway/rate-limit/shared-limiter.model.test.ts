import fc from "fast-check";
import { afterEach, beforeEach, expect, it, vi } from "vitest";
import { systemRandom } from "../../kit/clock.ts";
import type { RateLimiter, Verdict } from "./limiter.ts";
import { createSharedLimiter } from "./shared-limiter.ts";
import { expectExactOutside } from "./testing/exactness.ts";
import { FakeLog } from "./testing/fake-log.ts";

const windowMs = 1000;
const limit = 3;
/** The deadline, what Redis gets at least, and a millisecond of the faked clock for each turn of the loop that is waited for. */
const longestMs = 33;

const clock = { nowMs: () => performance.now() };

/** What can happen to a gateway and its Redis. */
const happenings = fc.oneof(
  { weight: 8, arbitrary: fc.record({ kind: fc.constant("ask"), user: fc.nat({ max: 1 }) }) },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant("burst"), user: fc.nat({ max: 1 }) }) },
  { weight: 6, arbitrary: fc.record({ kind: fc.constant("pass"), ms: fc.nat({ max: 60 }) }) },
  {
    weight: 3,
    arbitrary: fc.record({
      kind: fc.constant("pass"),
      ms: fc.integer({ min: windowMs - 50, max: windowMs + 5 }),
    }),
  },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant("pass"), ms: fc.nat({ max: 400 }) }) },
  {
    weight: 4,
    arbitrary: fc.record({
      kind: fc.constantFrom("freeze", "thaw", "thaw", "lose", "comeBack", "flush", "restart"),
    }),
  },
);
type Happening =
  | { readonly kind: "ask" | "burst"; readonly user: number }
  | { readonly kind: "pass"; readonly ms: number }
  | { readonly kind: "freeze" | "thaw" | "lose" | "comeBack" | "flush" | "restart" };

interface Request {
  readonly user: number;
  readonly askedMs: number;
  answeredMs: number;
  admitted: boolean;
}

beforeEach(() => {
  vi.useFakeTimers({
    toFake: ["setTimeout", "clearTimeout", "setImmediate", "clearImmediate", "performance"],
  });
});
afterEach(() => {
  vi.useRealTimers();
});

async function run(happened: readonly Happening[]): Promise<Request[]> {
  const log = new FakeLog(clock.nowMs, windowMs);
  log.prompt = true;
  const limiter: RateLimiter = createSharedLimiter({ log, random: systemRandom, clock, windowMs });
  const requests: Request[] = [];

  function ask(user: number): void {
    const request: Request = {
      user,
      askedMs: clock.nowMs(),
      answeredMs: Number.POSITIVE_INFINITY,
      admitted: false,
    };
    requests.push(request);
    const note = (verdict: Verdict): void => {
      request.admitted = verdict.allowed;
      request.answeredMs = clock.nowMs();
    };
    const given = limiter.check([{ key: `user:${user}`, limit }]);
    if (given instanceof Promise) void given.then(note);
    else note(given);
  }

  for (const it of happened) {
    if (it.kind === "ask") ask(it.user);
    else if (it.kind === "burst") for (let count = 0; count < 5; count += 1) ask(it.user);
    else if (it.kind === "pass") await vi.advanceTimersByTimeAsync(it.ms);
    else if (it.kind === "freeze") log.prompt = false;
    else if (it.kind === "lose") log.lose();
    else if (it.kind === "comeBack") log.comeBack();
    else if (it.kind === "restart") {
      log.lose();
      log.comeBack(false);
    } else if (it.kind === "flush") log.flush();
    else {
      log.prompt = true;
      log.answer();
    }
  }
  await vi.advanceTimersByTimeAsync(longestMs);
  log.prompt = true;
  log.comeBack();
  log.answer();
  // Three probes, 200 ms apart, and the one before them.
  await vi.advanceTimersByTimeAsync(1000);
  expect(limiter.isDegraded()).toBe(false);
  limiter.close();
  return requests;
}

function expectSound(requests: readonly Request[], user: number): void {
  const own = requests.filter((request) => request.user === user);
  for (const { askedMs, answeredMs } of own) {
    expect(answeredMs - askedMs, "time for a verdict").toBeLessThanOrEqual(longestMs);
  }
  expectExactOutside(own, limit, windowMs);
}

it("never admits too much and never refuses too early, whatever happens to Redis, and always finds back", async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(happenings, { minLength: 1, maxLength: 60 }), async (happened) => {
      const requests = await run(happened);
      expectSound(requests, 0);
      expectSound(requests, 1);
    }),
    { numRuns: 300 },
  );
});
