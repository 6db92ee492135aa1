import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { steadyClock, systemRandom } from "../../kit/clock.ts";
import { startTestRedis, type TestRedis } from "../../kit/testing/redis-server.ts";
import { waitUntil } from "../../kit/testing/wait-until.ts";
import type { RateLimiter, Verdict } from "./limiter.ts";
import { createSharedLimiter } from "./shared-limiter.ts";
import { openSharedLog } from "./shared-log.ts";
import { expectExactOutside, type Observed } from "./testing/exactness.ts";

const windowMs = 2000;

let server: TestRedis;
let limiters: RateLimiter[] = [];
beforeAll(async () => {
  server = await startTestRedis();
  // How fast the disk is, is not of interest here.
  await server.admin.config("SET", "appendfsync", "everysec");
});
afterAll(() => server.stop());
beforeEach(async () => {
  await server.admin.flushall();
});
afterEach(() => {
  for (const limiter of limiters) limiter.close();
  limiters = [];
});

/** For tests that are not about a Redis that is late: there a busy machine must not change anything. */
const patientMs = 1500;

async function open(window = windowMs, deadlineMs = 25): Promise<RateLimiter> {
  const limiter = createSharedLimiter({
    log: openSharedLog(server.address("gateway"), window),
    random: systemRandom,
    windowMs: window,
    deadlineMs,
  });
  limiters.push(limiter);
  await waitUntil(() => !limiter.isDegraded(), { what: "Redis is asked" });
  return limiter;
}

interface Timed extends Observed {
  readonly verdict: Verdict;
}

async function ask(limiter: RateLimiter, limit: number, user = "7"): Promise<Timed> {
  const askedMs = steadyClock.nowMs();
  const verdict = await limiter.check([{ key: `user:${user}`, limit }]);
  return { verdict, admitted: verdict.allowed, askedMs, answeredMs: steadyClock.nowMs() };
}

async function admitAll(limiter: RateLimiter, limit: number, user = "7"): Promise<void> {
  const all = await Promise.all(Array.from({ length: limit }, () => ask(limiter, limit, user)));
  expect(all.map(({ verdict }) => verdict.allowed)).toEqual(all.map(() => true));
}

/** Asks by turns of both, for so long. */
async function load(
  replicas: readonly RateLimiter[],
  { limit, forMs, everyMs }: { limit: number; forMs: number; everyMs: number },
): Promise<Timed[]> {
  const all: Promise<Timed>[] = [];
  const endMs = steadyClock.nowMs() + forMs;
  for (let count = 0; steadyClock.nowMs() < endMs; count += 1) {
    const limiter = replicas[count % replicas.length];
    if (limiter !== undefined) all.push(ask(limiter, limit));
    await sleep(everyMs);
  }
  return Promise.all(all);
}

describe("two gateways on one Redis", () => {
  it("share one limit, and its 201st request is refused wherever it comes", async () => {
    const [one, two] = [await open(60_000, patientMs), await open(60_000, patientMs)];
    const verdicts: Verdict[] = [];
    for (let count = 0; count < 205; count += 1) {
      verdicts.push((await ask(count % 2 === 0 ? one : two, 200)).verdict);
    }
    expect(verdicts.map(({ allowed }) => allowed)).toEqual(verdicts.map((_, count) => count < 200));
    expect(verdicts.slice(0, 200).map(({ remaining }) => remaining)).toEqual(
      Array.from({ length: 200 }, (_, count) => 199 - count),
    );
  });

  it("share it in bursts, too", async () => {
    const replicas = [await open(60_000, patientMs), await open(60_000, patientMs)];
    const all = await Promise.all(
      replicas.flatMap((limiter) => Array.from({ length: 150 }, () => ask(limiter, 200))),
    );
    expect(all.filter(({ verdict }) => verdict.allowed)).toHaveLength(200);
  });

  it("are exact through the ends of windows and after a pause longer than one", async () => {
    const replicas = [await open(windowMs, patientMs), await open(windowMs, patientMs)];
    const all = await load(replicas, { limit: 20, forMs: 3500, everyMs: 10 });
    await sleep(2500);
    all.push(...(await load(replicas, { limit: 20, forMs: 500, everyMs: 10 })));
    expect(all.every(({ verdict }) => verdict.mode === "redis")).toBe(true);
    expect(all.filter(({ verdict }) => verdict.allowed).length).toBeGreaterThanOrEqual(60);
    expectExactOutside(all, 20, windowMs);
  });

  it("both hear of a reset", async () => {
    const [one, two] = [await open(60_000, patientMs), await open(60_000, patientMs)];
    await admitAll(one, 20);
    expect((await ask(two, 20)).verdict.allowed).toBe(false);
    await one.reset("7");
    expect((await ask(one, 20)).verdict.allowed).toBe(true);
    await waitUntil(async () => (await ask(two, 20)).verdict.allowed, {
      what: "the other gateway has heard",
      deadlineMs: 3000,
    });
  });
});

describe("a Redis that is emptied", () => {
  it("leaves each gateway its own log", async () => {
    const limiter = await open(60_000, patientMs);
    await admitAll(limiter, 20);
    await server.admin.flushall();
    const { verdict } = await ask(limiter, 20);
    expect(verdict).toMatchObject({ allowed: false, mode: "redis" });
  });

  it("is sent the script again when it has forgotten that", async () => {
    const limiter = await open(windowMs, patientMs);
    await server.admin.script("FLUSH");
    expect((await ask(limiter, 20)).verdict).toMatchObject({ allowed: true, mode: "redis" });
  });
});

describe("a Redis that is away", () => {
  it("frozen: a verdict within 25 ms, exact by the own log, and back within 2 s", async () => {
    const limiter = await open(60_000);
    await admitAll(limiter, 10, "full");
    server.signal("SIGSTOP");
    let all: Timed[];
    try {
      all = await load([limiter], { limit: 100, forMs: 1500, everyMs: 10 });
      expect((await ask(limiter, 10, "full")).verdict).toMatchObject({ allowed: false });
    } finally {
      server.signal("SIGCONT");
    }
    const thawedMs = steadyClock.nowMs();
    const admitted = all.filter(({ verdict }) => verdict.allowed);
    expect(admitted.length).toBe(Math.min(100, all.length));
    expect(all.every(({ verdict }) => verdict.mode === "local")).toBe(true);
    const tookMs = all.map((one) => one.answeredMs - one.askedMs).sort((a, b) => a - b);
    expect(tookMs[Math.floor(tookMs.length * 0.99)]).toBeLessThan(60);
    await waitUntil(() => !limiter.isDegraded(), { what: "Redis is asked again" });
    expect(steadyClock.nowMs() - thawedMs).toBeLessThan(2000);
    await waitUntil(async () => (await ask(limiter, 100)).verdict.mode === "redis", {
      what: "Redis decides again",
    });
    // What it was asked before it froze came too late to count, at most once a connection.
    expect(await server.admin.llen("gateway:limit:user:7")).toBeLessThanOrEqual(1);
  });

  it("stopped and started: no error, no false refusal, and back within 2 s", async () => {
    const limiter = await open(60_000);
    await admitAll(limiter, 10, "full");
    const during = load([limiter], { limit: 1000, forMs: 1500, everyMs: 5 });
    await server.kill();
    const all = await during;
    expect(all.every(({ verdict }) => verdict.allowed)).toBe(true);
    expect((await ask(limiter, 10, "full")).verdict).toMatchObject({
      allowed: false,
      mode: "local",
    });
    await server.start();
    const startedMs = steadyClock.nowMs();
    await waitUntil(() => !limiter.isDegraded(), { what: "Redis is asked again" });
    expect(steadyClock.nowMs() - startedMs).toBeLessThan(2000);
    await waitUntil(
      async () => {
        const { allowed, mode } = (await ask(limiter, 1000)).verdict;
        expect(allowed).toBe(true);
        return mode === "redis";
      },
      { what: "Redis decides again" },
    );
    expect((await ask(limiter, 10, "full")).verdict.allowed).toBe(false);
  });

  it("flushed, frozen, thawed and restarted under load: exact by what the gateway admitted", async () => {
    const limiter = await open();
    const during = load([limiter], { limit: 20, forMs: 6000, everyMs: 10 });
    await sleep(700);
    await server.admin.flushall();
    await sleep(700);
    server.signal("SIGSTOP");
    await sleep(500);
    server.signal("SIGCONT");
    await sleep(1200);
    await server.kill();
    await sleep(300);
    await server.start();
    const all = await during;
    expectExactOutside(all, 20, windowMs);
    expect(new Set(all.map(({ verdict }) => verdict.mode))).toEqual(new Set(["redis", "local"]));
  });
});

describe("a process that sleeps", () => {
  it("does not take the time it slept for Redis being slow", async () => {
    const limiter = await open();
    const asked = ask(limiter, 20);
    // The question goes out at the end of this turn, and then the process does nothing for twice the deadline.
    setImmediate(() => {
      const endMs = steadyClock.nowMs() + 60;
      while (steadyClock.nowMs() < endMs);
    });
    expect((await asked).verdict).toMatchObject({ allowed: true, mode: "redis" });
  });
});
