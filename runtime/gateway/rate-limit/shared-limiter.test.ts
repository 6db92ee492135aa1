import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { systemRandom } from "../../kit/clock.ts";
import type { LimiterListener, RateLimiter, Verdict } from "./limiter.ts";
import { createSharedLimiter } from "./shared-limiter.ts";
import { FakeLog } from "./testing/fake-log.ts";

const windowMs = 60_000;
/** The deadline of 25 ms, and one more turn of the event loop, which the faked clock counts as 1 ms. */
const overdueMs = 26;
const clock = { nowMs: () => performance.now() };

let log: FakeLog;
let limiter: RateLimiter;
let heard: string[];

beforeEach(async () => {
  vi.useFakeTimers({
    toFake: ["setTimeout", "clearTimeout", "setImmediate", "clearImmediate", "performance"],
  });
  heard = [];
  log = new FakeLog(clock.nowMs, windowMs);
  limiter = await open(log);
});
afterEach(() => {
  limiter.close();
  vi.useRealTimers();
});

async function open(
  on: FakeLog,
  listener: LimiterListener = {
    allowed: (mode) => heard.push(`allowed ${mode}`),
    refused: (mode) => heard.push(`refused ${mode}`),
    answered: () => undefined,
    degraded: (reason) => heard.push(reason ?? "shared again"),
  },
): Promise<RateLimiter> {
  const opened = createSharedLimiter({ log: on, random: systemRandom, clock, windowMs, listener });
  await answer(on);
  expect(opened.isDegraded()).toBe(false);
  on.batches.length = 0;
  heard.length = 0;
  return opened;
}

/** The log answers, and the limiter hears it. */
async function answer(from = log): Promise<void> {
  from.answer();
  await turn();
}

/** Lets what is due at this moment happen. */
async function turn(ms = 0): Promise<void> {
  await vi.advanceTimersByTimeAsync(ms);
}

interface Asked {
  verdict: Verdict | undefined;
}

/** Asks for one more request; the verdict stands in the result once there is one. */
function ask(limit = 3, ...keys: string[]): Asked {
  const asked: Asked = { verdict: undefined };
  const names = keys.length === 0 ? ["user:7"] : keys;
  const given = limiter.check(names.map((key) => ({ key, limit })));
  if (given instanceof Promise) {
    void given.then((verdict) => {
      asked.verdict = verdict;
    });
  } else {
    asked.verdict = given;
  }
  return asked;
}

async function admit(times: number, limit = 3): Promise<void> {
  for (let count = 0; count < times; count += 1) {
    const asked = ask(limit);
    await turn();
    await answer();
    expect(asked.verdict?.allowed).toBe(true);
  }
}

describe("while Redis answers", () => {
  it("asks about all requests of one turn at once, and about the next ones after the answer", async () => {
    const first = [ask(3, "a"), ask(3, "b"), ask(3, "c")];
    expect(log.isAsked).toBe(false);
    await turn();
    const second = [ask(3, "d"), ask(3, "e")];
    await turn(3);
    expect(log.batches).toEqual([3]);
    await answer();
    expect(first.map(({ verdict }) => verdict?.allowed)).toEqual([true, true, true]);
    expect(log.batches).toEqual([3, 2]);
    await answer();
    expect(second.map(({ verdict }) => verdict?.allowed)).toEqual([true, true]);
  });

  it("tells what is left, and when the oldest leaves", async () => {
    await admit(1);
    await turn(900);
    const asked = ask();
    await turn();
    await answer();
    expect(asked.verdict).toEqual({
      allowed: true,
      check: 0,
      limit: 3,
      remaining: 1,
      waitMs: 59_100,
      mode: "redis",
    });
  });

  it("never has more noted than the limit, and refuses the rest by what it knows", async () => {
    const burst = Array.from({ length: 5 }, () => ask());
    await turn();
    expect(log.batches).toEqual([3]);
    await answer();
    expect(burst.map(({ verdict }) => verdict?.allowed)).toEqual([true, true, true, false, false]);
    expect(burst[3]?.verdict).toMatchObject({ remaining: 0, waitMs: windowMs, mode: "redis" });
    expect(log.batches).toEqual([3]);
    expect(heard.slice(3)).toEqual(["refused known", "refused known"]);
  });

  it("asks about those that stayed behind when others did not take their place", async () => {
    // The route is full, so none of these counts for the user.
    const other = await open(log);
    for (let count = 0; count < 3; count += 1) {
      void other.check([{ key: "route", limit: 3 }]);
      await turn();
      await answer();
    }
    const burst = Array.from({ length: 3 }, () => ask(3, "user", "route"));
    const alone = ask(3, "user");
    await turn();
    await answer();
    expect(burst.map(({ verdict }) => [verdict?.allowed, verdict?.check])).toEqual([
      [false, 1],
      [false, 1],
      [false, 1],
    ]);
    expect(alone.verdict).toBeUndefined();
    await answer();
    expect(alone.verdict).toMatchObject({ allowed: true, remaining: 2 });
    other.close();
  });

  it("asks again exactly when there is room, and not before", async () => {
    const other = await open(log);
    for (let count = 0; count < 3; count += 1) {
      void other.check([{ key: "user:7", limit: 3 }]);
      await turn();
      await answer();
    }
    await turn(500);
    const refused = ask();
    await turn();
    await answer();
    expect(refused.verdict).toMatchObject({ allowed: false, waitMs: 59_500, mode: "redis" });
    log.prompt = true;
    log.batches.length = 0;
    for (let count = 0; count < 59; count += 1) {
      await turn(1000);
      expect(ask().verdict).toMatchObject({ allowed: false, mode: "redis" });
    }
    await turn(499);
    expect(ask().verdict).toMatchObject({ allowed: false, waitMs: 1 });
    // Nothing but signs of life.
    expect(log.batches.every((requests) => requests === 0)).toBe(true);
    await turn(1);
    const admitted = ask();
    await turn();
    expect(admitted.verdict).toMatchObject({ allowed: true, mode: "redis" });
    other.close();
  });

  it("goes on enforcing what it has admitted itself when Redis was emptied", async () => {
    await admit(3);
    log.flush();
    expect(ask().verdict).toMatchObject({ allowed: false, mode: "redis", waitMs: windowMs });
    await turn(windowMs);
    await answer();
    await admit(1);
  });

  it("puts at most 500 checks into one question", async () => {
    const all = Array.from({ length: 600 }, (_, user) => ask(3, `user:${user}`));
    await turn();
    expect(log.batches).toEqual([500]);
    await answer();
    await answer();
    expect(log.batches).toEqual([500, 100]);
    expect(all.every(({ verdict }) => verdict?.mode === "redis")).toBe(true);
  });
});

describe("while Redis is silent", () => {
  it("decides by itself after 25 ms", async () => {
    await admit(2);
    const asked = [ask(), ask()];
    await turn(overdueMs - 1);
    expect(asked.map(({ verdict }) => verdict)).toEqual([undefined, undefined]);
    await turn(1);
    expect(asked.map(({ verdict }) => verdict)).toMatchObject([
      { allowed: true, remaining: 0, mode: "local" },
      { allowed: false, remaining: 0, mode: "local" },
    ]);
  });

  it("asks nothing further, and decides on each request after its own 25 ms", async () => {
    ask();
    await turn(10);
    const later = ask();
    await turn(overdueMs - 1);
    expect(later.verdict).toBeUndefined();
    await turn(1);
    expect(later.verdict).toMatchObject({ mode: "local" });
    expect(log.batches).toEqual([1]);
  });

  it("decides at once from the third time on, says so once, and probes", async () => {
    for (let count = 0; count < 3; count += 1) {
      const asked = ask(9);
      await turn(overdueMs);
      expect(asked.verdict).toMatchObject({ mode: "local" });
    }
    expect(limiter.isDegraded()).toBe(true);
    expect(ask(9).verdict).toMatchObject({ allowed: true, remaining: 5, mode: "local" });
    await turn(5000);
    expect(log.batches).toEqual([1]);
    // It comes back: the old question is answered, and three probes are, 200 ms apart.
    for (let count = 0; count < 4; count += 1) {
      expect(limiter.isDegraded()).toBe(true);
      await answer();
      await turn(200);
    }
    expect(limiter.isDegraded()).toBe(false);
    expect(log.batches).toEqual([1, 0, 0, 0]);
    expect(heard.filter((line) => !line.includes("local"))).toEqual([
      "3 answers in a row were overdue",
      "shared again",
    ]);
  });

  it("has nothing noted that Redis comes to too late", async () => {
    const asked = ask();
    await turn(overdueMs);
    expect(asked.verdict).toMatchObject({ allowed: true, mode: "local" });
    await turn(10_000);
    await answer();
    // Redis has no admission, so in a gateway that knows of none there is room for three.
    const other = await open(log);
    const verdicts: (Verdict | undefined)[] = [];
    for (let count = 0; count < 3; count += 1) {
      const given = other.check([{ key: "user:7", limit: 3 }]);
      await turn();
      await answer();
      verdicts.push(await given);
    }
    expect(verdicts.map((verdict) => verdict?.remaining)).toEqual([2, 1, 0]);
    other.close();
  });

  it("has nothing noted too late when Redis was silent twice, either", async () => {
    const first = ask();
    await turn(1900);
    await answer();
    expect(first.verdict).toMatchObject({ mode: "local" });
    const second = ask();
    await turn(overdueMs);
    expect(second.verdict).toMatchObject({ mode: "local" });
    await turn(1000);
    await answer();
    const other = await open(log);
    const given = other.check([{ key: "user:7", limit: 3 }]);
    await turn();
    await answer();
    expect(await given).toMatchObject({ allowed: true, remaining: 2 });
    other.close();
  });

  it("learns from a refusal that comes late", async () => {
    const other = await open(log);
    for (let count = 0; count < 3; count += 1) {
      void other.check([{ key: "user:7", limit: 3 }]);
      await turn();
      await answer();
    }
    const asked = ask();
    await turn();
    // Redis looks at it in time, and the network is slow.
    const letThrough = log.look();
    await turn(overdueMs);
    expect(asked.verdict).toMatchObject({ allowed: true, mode: "local" });
    letThrough();
    await turn();
    expect(ask().verdict).toMatchObject({ allowed: false, mode: "redis" });
    other.close();
  });
});

describe("without a connection", () => {
  it("decides at once on all that wait, and on what comes", async () => {
    await admit(1);
    const asked = [ask(), ask()];
    await turn();
    const waiting = ask();
    log.lose("ECONNRESET");
    await turn();
    expect([...asked, waiting].map(({ verdict }) => [verdict?.allowed, verdict?.mode])).toEqual([
      [true, "local"],
      [true, "local"],
      [false, "local"],
    ]);
    expect(ask().verdict).toMatchObject({ allowed: false, mode: "local" });
    expect(heard).toContain("ECONNRESET");
  });

  it("asks again after three probes, the first as soon as there is a connection", async () => {
    log.lose();
    await turn(3000);
    log.comeBack();
    for (let count = 0; count < 3; count += 1) {
      expect(limiter.isDegraded()).toBe(true);
      await answer();
      await turn(200);
    }
    expect(limiter.isDegraded()).toBe(false);
  });

  it("does not come back while Redis answers with errors", async () => {
    log.lose();
    log.comeBack();
    for (let count = 0; count < 10; count += 1) {
      log.fail("LOADING Redis is loading the dataset in memory");
      await turn(200);
    }
    expect(limiter.isDegraded()).toBe(true);
    expect(heard.filter((line) => !line.includes(" "))).toEqual(["gone"]);
  });

  it("decides by itself on what is more than can wait", () => {
    const all = Array.from({ length: 5001 }, (_, user) => ask(3, `user:${user}`));
    expect(all[4999]?.verdict).toBeUndefined();
    expect(all[5000]?.verdict).toMatchObject({ allowed: true, mode: "local" });
  });

  it("decides on all that waits when it is closed, and on what comes after", async () => {
    const asked = [ask(), ask()];
    limiter.close();
    await turn();
    expect(asked.map(({ verdict }) => verdict?.mode)).toEqual(["local", "local"]);
    expect(ask().verdict?.mode).toBe("local");
    expect(vi.getTimerCount()).toBe(0);
  });
});

describe("a reset of a user", () => {
  it("gives room at once here, and in other gateways with their next answer", async () => {
    const other = await open(log);
    await admit(3);
    const there = other.check([{ key: "user:7", limit: 3 }]);
    await turn();
    await answer();
    expect(await there).toMatchObject({ allowed: false });
    await limiter.reset("7");
    expect(other.check([{ key: "user:7", limit: 3 }])).toMatchObject({ allowed: false });
    // Both ask for a sign of life within a second.
    await turn(1000);
    await answer();
    await admit(1);
    const again = other.check([{ key: "user:7", limit: 3 }]);
    await turn();
    await answer();
    expect(await again).toMatchObject({ allowed: true, remaining: 1 });
    other.close();
  });

  it("is an error without Redis, and done here all the same", async () => {
    await admit(3);
    log.lose();
    await expect(limiter.reset("7")).rejects.toThrow("gone");
    expect(ask().verdict).toMatchObject({ allowed: true, mode: "local" });
  });
});
