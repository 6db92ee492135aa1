import { describe, expect, it } from "vitest";
import { defineCheck, equal, type Check } from "./checks/check.ts";
import { section } from "./checks/reader.ts";
import type { Evidence, RedisFacts } from "./evidence.ts";
import type { AttemptProgress } from "./options.ts";
import { settle, type Settling } from "./settle.ts";
import { FakeClock } from "./testing/clock.ts";
import { deploymentFixture } from "./testing/deployment.ts";
import { evidenceFixture } from "./testing/evidence.ts";

const good = evidenceFixture(deploymentFixture());

function check(id: string, settles: boolean, judge: (redis: RedisFacts) => boolean): Check {
  return defineCheck({
    id,
    group: "redis",
    severity: "blocker",
    title: "well",
    failureTitle: "not well",
    why: "x",
    remedy: "y",
    settles,
    reads: section("redis"),
    judge: (redis) => equal(judge(redis), true),
  });
}

const starts = check("redis.starts", true, ({ appendOnly }) => appendOnly === "yes");
const isStatic = check("redis.static", false, ({ appendOnlyFiles }) => appendOnlyFiles);

const redis = (change: Partial<RedisFacts>): Evidence => ({
  ...good,
  redis: { value: { ...good.redis.value, ...change } },
});
const starting = redis({ appendOnly: "no" });

function run(evidences: readonly Evidence[], changes: Partial<Settling> = {}) {
  const clock = new FakeClock();
  const progress: AttemptProgress[] = [];
  const kept: string[][] = [];
  const settled = settle({
    checks: [starts, isStatic],
    gather: (sections) => {
      kept.push(Object.keys(sections));
      clock.advance(1_000);
      return Promise.resolve(evidences[Math.min(kept.length, evidences.length) - 1] as Evidence);
    },
    deadlineMs: 10_000,
    pauseMs: 2_000,
    clock,
    signal: new AbortController().signal,
    onAttempt: (it) => progress.push(it),
    ...changes,
  });
  return { settled, progress, kept, clock };
}

describe("settle", () => {
  it("is done at once when all is well", async () => {
    const { settled, progress } = run([good]);
    expect(await settled).toMatchObject({
      attempts: 1,
      results: [
        { id: "redis.starts", status: "pass", attempts: 1 },
        { id: "redis.static", status: "pass", attempts: 1 },
      ],
    });
    expect(progress).toEqual([{ attempt: 1, checks: 2, waitingFor: [] }]);
  });

  it("repeats until what may still come has come, and counts", async () => {
    const { settled, progress } = run([starting, starting, good]);
    expect(await settled).toMatchObject({
      attempts: 3,
      evidence: good,
      results: [
        { status: "pass", attempts: 3 },
        { status: "pass", attempts: 1 },
      ],
    });
    expect(progress.map(({ waitingFor }) => waitingFor)).toEqual([
      ["redis.starts"],
      ["redis.starts"],
      [],
    ]);
  });

  it("also waits for evidence that could not be had", async () => {
    const { settled } = run([{ redis: { error: "container is restarting" } }, good]);
    expect((await settled).attempts).toBe(2);
  });

  it("does not wait for what no waiting mends", async () => {
    const { settled } = run([redis({ appendOnlyFiles: false }), good]);
    expect(await settled).toMatchObject({
      attempts: 1,
      results: [{ status: "pass" }, { status: "fail", title: "not well", attempts: 1 }],
    });
  });

  it("gives up when the time is over", async () => {
    const { settled, progress, clock } = run([starting]);
    const { attempts, results } = await settled;
    expect(attempts).toBe(4);
    expect(results[0]).toMatchObject({ status: "fail", attempts: 4 });
    expect(progress.at(-1)?.waitingFor).toEqual([]);
    expect(clock.now().toISOString()).toBe("2026-01-02T03:04:15.678Z");
  });

  it("counts from the last time that a check did not pass", async () => {
    const flapping = [
      starting,
      redis({ appendOnly: "yes", appendOnlyFiles: false }),
      starting,
      good,
    ];
    const { settled } = run(flapping, {
      checks: [starts, check("redis.both", true, (it) => it.appendOnlyFiles)],
    });
    expect((await settled).results).toMatchObject([
      { status: "pass", attempts: 4 },
      { status: "pass", attempts: 3 },
    ]);
  });

  it("does not repeat what costs the platform something, unless that is what is waited for", async () => {
    const { settled, kept } = run([starting, good]);
    await settled;
    expect(kept).toEqual([[], ["trade", "load", "selfCheck"]]);

    const loadCheck = defineCheck({
      ...starts,
      id: "plan.load",
      settles: true,
      reads: section("load"),
      judge: () => equal(1, 2),
    });
    const loaded = run([good], { checks: [loadCheck], deadlineMs: 4_000 });
    await loaded.settled;
    expect(loaded.kept).toEqual([[], ["trade", "selfCheck"]]);
  });

  it("keeps the last whole attempt when the next is cut off", async () => {
    const controller = new AbortController();
    let gathered = 0;
    const { settled } = run([], {
      signal: controller.signal,
      gather: () => {
        gathered++;
        if (gathered === 2) controller.abort();
        return Promise.resolve(gathered === 1 ? starting : {});
      },
    });
    expect(await settled).toMatchObject({
      attempts: 1,
      evidence: starting,
      results: [{ status: "fail" }, { status: "pass" }],
    });
  });
});
