import fc from "fast-check";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { startTestRedis, type TestRedis } from "../../kit/testing/redis-server.ts";
import { slidingLog } from "./sliding-log.ts";
import {
  beginnings,
  type Decision,
  expectExact,
  expectNeverMore,
  gaps,
} from "./testing/exactness.ts";

const windowUs = 60_000_000;
const resets = "gateway:limit:resets";
const key = "gateway:limit:user:7";
const tenMinutesUs = 600_000_000;

let server: TestRedis;
beforeAll(async () => {
  server = await startTestRedis();
  // A disk that is waited for would only make this slow.
  await server.admin.config("SET", "appendonly", "no");
});
afterAll(() => server.stop());
beforeEach(async () => {
  await server.admin.flushall();
});

interface Check {
  readonly key: string;
  readonly limit: number;
}

/** Runs the script at a time of the test's. */
async function run(
  nowUs: number | "",
  requests: readonly (readonly Check[])[],
  latest: number | "" = "",
): Promise<(number | string | null)[]> {
  const keys = requests.flatMap((checks) => checks.map((check) => check.key));
  const limits = requests.flatMap((checks) =>
    checks.map(({ limit }, place) => (place === checks.length - 1 ? limit : -limit)),
  );
  const values = [resets, ...keys, windowUs, latest, nowUs, ...limits];
  const reply = await server.admin.eval(slidingLog.lua, keys.length + 1, ...values);
  return reply as (number | string | null)[];
}

/** Allowed or not, what is left, and µs to wait, for each request. */
async function decide(nowUs: number, ...requests: Check[][]): Promise<(readonly number[])[]> {
  const [, , ...values] = (await run(nowUs, requests)) as number[];
  return requests.map((_, place) => values.slice(3 * place, 3 * place + 3));
}

async function admits(nowUs: number, limit: number): Promise<boolean> {
  const [[check = 0] = []] = await decide(nowUs, [{ key, limit }]);
  return check > 0;
}

describe("the sliding log in Redis", () => {
  it("holds the limit in every window, and refuses only then, at any times", async () => {
    const runs = fc.record({
      limit: fc.integer({ min: 1, max: 6 }),
      beginning: beginnings,
      steps: fc.array(gaps(windowUs, tenMinutesUs), { minLength: 1, maxLength: 40 }),
    });
    await fc.assert(
      fc.asyncProperty(runs, async ({ limit, beginning, steps }) => {
        await server.admin.del(key);
        let nowUs = beginning;
        const decisions: Decision[] = [];
        for (const step of steps) {
          nowUs += step;
          decisions.push({ at: nowUs, admitted: await admits(nowUs, limit) });
        }
        expectExact(decisions, limit, windowUs);
      }),
      { numRuns: 80 },
    );
  });

  it("never admits too much while the clock is set back again and again", async () => {
    const runs = fc.record({
      limit: fc.integer({ min: 1, max: 6 }),
      beginning: beginnings.map((it) => it + 2 ** 40),
      steps: fc.array(
        fc.record({
          gap: gaps(windowUs, 2 * windowUs),
          back: fc.oneof(
            { weight: 4, arbitrary: fc.constant(0) },
            { weight: 1, arbitrary: fc.integer({ min: 1, max: tenMinutesUs }) },
          ),
        }),
        { minLength: 1, maxLength: 40 },
      ),
    });
    await fc.assert(
      fc.asyncProperty(runs, async ({ limit, beginning, steps }) => {
        await server.admin.del(key);
        let trueUs = beginning;
        let behindUs = 0;
        const admissions: number[] = [];
        for (const { gap, back } of steps) {
          trueUs += gap;
          behindUs += back;
          if (await admits(trueUs - behindUs, limit)) admissions.push(trueUs);
        }
        expectNeverMore(admissions, limit, windowUs);
      }),
      { numRuns: 60 },
    );
  });

  it("lets a user wait for one window at most after the clock was set back", async () => {
    const nowUs = 2 ** 33;
    for (let count = 0; count < 3; count += 1) expect(await admits(nowUs + count, 3)).toBe(true);
    const setBackUs = nowUs - tenMinutesUs;
    expect(await admits(setBackUs, 3)).toBe(false);
    expect(await admits(setBackUs + windowUs - 1, 3)).toBe(false);
    for (let count = 0; count < 3; count += 1) {
      expect(await admits(setBackUs + windowUs + count, 3)).toBe(true);
    }
  });

  it("decides on a batch in order, on each request as if it came alone", async () => {
    const checks = [{ key, limit: 2 }];
    const other = [{ key: "gateway:limit:user:8", limit: 2 }];
    expect(await decide(1_000_000, checks, checks, other, checks)).toEqual([
      [1, 1, windowUs],
      [1, 0, windowUs],
      [1, 1, windowUs],
      [-1, 0, windowUs],
    ]);
    expect(await decide(1_000_000 + 400, checks)).toEqual([[-1, 0, windowUs - 400]]);
  });

  it("notes a request under all of its limits or under none", async () => {
    const route = "gateway:limit:user:7:POST:trading/execute";
    const both = [
      { key, limit: 3 },
      { key: route, limit: 1 },
    ];
    expect(await decide(1_000_000, both)).toEqual([[2, 0, windowUs]]);
    // Refused by the second, and not counted by the first.
    expect(await decide(1_000_001, both, both)).toEqual([
      [-2, 0, windowUs - 1],
      [-2, 0, windowUs - 1],
    ]);
    expect(await server.admin.llen(key)).toBe(1);
    expect(await server.admin.llen(route)).toBe(1);
    // The longest wait counts when both refuse.
    expect(await decide(1_000_002, [{ key, limit: 3 }], [{ key, limit: 3 }], both)).toEqual([
      [1, 1, windowUs - 2],
      [1, 0, windowUs - 2],
      [-1, 0, windowUs - 2],
    ]);
  });

  it("says when there is room after the limit was lowered", async () => {
    for (let count = 0; count < 5; count += 1) await admits(1_000_000 + count * 1000, 5);
    // Three have to leave before a third one is too many: those of 0, 1 and 2, and then that of 3.
    expect(await decide(1_005_000, [{ key, limit: 2 }])).toEqual([[-1, 0, windowUs - 2000]]);
  });

  it("leaves a batch undone that it comes to too late", async () => {
    expect(await run(5_000_001, [[{ key, limit: 3 }]], 5_000_000)).toEqual([5_000_001, null]);
    expect(await server.admin.exists(key)).toBe(0);
    expect(await run(5_000_000, [[{ key, limit: 3 }]], 5_000_000)).toHaveLength(5);
  });

  it("goes by Redis' own clock, and shows the newest reset", async () => {
    await server.admin.lpush(resets, "first", "second");
    const beforeUs = Date.now() * 1000;
    const [nowUs, newest] = await run("", []);
    expect(newest).toBe("second");
    expect(Number(nowUs)).toBeGreaterThanOrEqual(beforeUs);
    expect(Number(nowUs)).toBeLessThanOrEqual((Date.now() + 1) * 1000);
  });

  it("takes 1.4 KB for a user with 200 requests, and nothing a window after the last", async () => {
    const checks = [{ key, limit: 200 }];
    await decide(2 ** 31 - 1, ...Array.from({ length: 250 }, () => checks));
    expect(await server.admin.llen(key)).toBe(200);
    expect(await server.admin.memory("USAGE", key)).toBeLessThan(1500);
    const lifeMs = await server.admin.pttl(key);
    expect(lifeMs).toBeGreaterThan(59_000);
    expect(lifeMs).toBeLessThanOrEqual(60_001);
  });
});
