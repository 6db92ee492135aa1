import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as pass } from "node:timers/promises";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { buildRuntime } from "./build.ts";
import {
  countOutcomes,
  lastBadAfter,
  startLoad,
  type Load,
  type LoadAnswer,
} from "./kit/testing/load.ts";
import { startTestPlatform, type TestPlatform } from "./kit/testing/platform.ts";
import { type Behaviour, startStandIn, type StandIn } from "./kit/testing/stand-in.ts";
import { waitUntil } from "./kit/testing/wait-until.ts";

/** Answered from the process alone, so that what Redis does shows in the gateway and nowhere else. */
const path = "/api/v1/trading/execute";
const perSecond = 100;
/** The gateway's deadline for the head of an answer, with room for a machine that does other things. */
const longestMs = 11_000;
/** Good answers must be back so soon after the fault is; the promise is 2 s. */
const backWithinMs = 2000;

let dir: string;
let platform: TestPlatform;
beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), "astratrade-faults-"));
  await buildRuntime(dir);
  platform = await startTestPlatform(dir);
});
afterAll(async () => {
  await platform.stop();
  await rm(dir, { recursive: true, force: true });
});

function good(load: Load): number {
  return load.answers.filter(({ outcome, fallback }) => outcome === 200 && fallback === "").length;
}

/** Until so many more good answers have come. */
async function goodAgain(load: Load, more = 50): Promise<void> {
  const before = good(load);
  await waitUntil(() => good(load) >= before + more, {
    what: `${more} good answers: ${JSON.stringify(countOutcomes(load.answers.slice(-100)))}`,
    deadlineMs: 20_000,
  });
}

/** What holds whatever is broken: no error of ours, nobody refused for another's load, nothing that hangs. */
function expectSober(answers: readonly LoadAnswer[], allowed: readonly string[]): void {
  expect(Object.keys(countOutcomes(answers)).filter((it) => !allowed.includes(it))).toEqual([]);
  expect(Math.max(...answers.map(({ tookMs }) => tookMs))).toBeLessThan(longestMs);
}

describe("Redis under load", () => {
  const faults: readonly [string, (load: Load) => Promise<void>][] = [
    [
      "stopped and started",
      async (load) => {
        await platform.redis.kill();
        await goodAgain(load, 100);
        await platform.redis.start();
      },
    ],
    [
      "frozen and going on",
      async (load) => {
        platform.redis.signal("SIGSTOP");
        await goodAgain(load, 200);
        platform.redis.signal("SIGCONT");
      },
    ],
    [
      "restarted at once",
      async () => {
        await platform.redis.kill();
        await platform.redis.start();
      },
    ],
    [
      "flushed, with its scripts",
      async () => {
        await platform.redis.admin.flushall();
        await platform.redis.admin.script("FLUSH");
      },
    ],
  ];

  it.each(faults)("%s: every answer is good, none late", async (_name, fault) => {
    const load = startLoad(platform.url(), { path, perSecond });
    await goodAgain(load);
    await fault(load);
    await goodAgain(load, 200);
    const answers = await load.stop();
    expectSober(answers, ["200"]);
    expect(Math.max(...answers.map(({ tookMs }) => tookMs))).toBeLessThan(1000);
  });
});

describe("a service under load", () => {
  const allowed = ["200", "502", "503 unavailable", "504"];

  it("killed: it is said at once, and good answers are back within 2 s of its return", async () => {
    const load = startLoad(platform.url(), { path, perSecond });
    await goodAgain(load);
    await platform.end("trading", "SIGKILL");
    await pass(2000);
    platform.start("trading");
    await waitUntil(() => isHealthy(platform.url("trading")), { what: "trading is back" });
    const backAtMs = performance.now();
    await goodAgain(load, 300);
    const answers = await load.stop();
    expectSober(answers, allowed);
    expect(lastBadAfter(answers, backAtMs)).toBeLessThan(backWithinMs);
  });

  it("frozen: nothing hangs past its deadline, and good answers are back within 2 s", async () => {
    const load = startLoad(platform.url(), { path, perSecond });
    await goodAgain(load);
    platform.signal("trading", "SIGSTOP");
    await pass(4000);
    platform.signal("trading", "SIGCONT");
    const backAtMs = performance.now();
    await goodAgain(load, 300);
    const answers = await load.stop();
    expectSober(answers, allowed);
    expect(lastBadAfter(answers, backAtMs)).toBeLessThan(backWithinMs);
  });
});

describe("a service that misbehaves under load", () => {
  const allowed = ["200", "502", "503 unavailable", "504"];
  let standIn: StandIn;
  beforeAll(async () => {
    await platform.end("trading", "SIGTERM");
    standIn = await startStandIn(platform.redis, "trading");
  });
  afterAll(() => standIn.stop());

  async function misbehave(times: number, behaviour: Behaviour, forMs: number): Promise<void> {
    for (let time = 0; time < times; time += 1) {
      standIn.behave(behaviour);
      await pass(forMs);
      standIn.behave("good");
      if (time + 1 < times) await pass(forMs);
    }
  }

  it.each<[string, number, Behaviour, number]>([
    ["slow", 1, "slow", 4000],
    ["answering garbage", 1, "garbage", 2000],
    ["silent", 1, "silent", 3000],
    ["cutting connections", 1, "reset", 2000],
    ["flapping", 4, "garbage", 700],
  ])("%s: no error of ours, and good answers within 2 s of the end", async (_name, ...how) => {
    const load = startLoad(platform.url(), { path, perSecond });
    await goodAgain(load);
    await misbehave(...how);
    const backAtMs = performance.now();
    await goodAgain(load, 300);
    const answers = await load.stop();
    expectSober(answers, allowed);
    expect(countOutcomes(answers)).toHaveProperty("503 unavailable");
    expect(lastBadAfter(answers, backAtMs)).toBeLessThan(backWithinMs);
  });
});

async function isHealthy(url: string): Promise<boolean> {
  try {
    return (await fetch(`${url}/health`)).ok;
  } catch {
    return false;
  }
}
