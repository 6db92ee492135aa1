import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { createRegistry, type Instance, type Registry } from "../registry.ts";
import { type CheckedBreakers, createBreakers } from "./breakers.ts";
import { checkDeadlineMs, type ReturnsWatch, watchReturns } from "./watch-returns.ts";

const random = { hex: () => "", fraction: () => 0.5 };
const clock = { nowMs: () => Date.now() };

function instance(id: string): Instance {
  return {
    service: "trading",
    id,
    host: id,
    port: 8001,
    incarnation: "first",
    release: null,
    startedAtMs: null,
    heartbeatMs: Date.now(),
  };
}

let registry: Registry;
let breakers: CheckedBreakers;
let watch: ReturnsWatch | undefined;
/** Checks that were begun, each with its answer to come. */
let checks: { id: string; atMs: number; signal: AbortSignal; answer: (isReady: boolean) => void }[];

beforeEach(() => {
  vi.useFakeTimers({ now: 1_000_000 });
  registry = createRegistry(clock, []);
  registry.setRedisUp(true);
  breakers = createBreakers({ registry, clock, random });
  checks = [];
});
afterEach(() => {
  watch?.stop();
  vi.useRealTimers();
});

function start(...ids: string[]): Instance[] {
  const instances = ids.map(instance);
  registry.replace({
    source: "redis",
    instances: new Map([["trading", instances]]),
    readAtMs: Date.now(),
    redisNowMs: Date.now(),
  });
  const check = (one: Instance, signal: AbortSignal) =>
    new Promise<boolean>((answer) => checks.push({ id: one.id, atMs: Date.now(), signal, answer }));
  watch = watchReturns({ registry, breakers, check, clock, random });
  return instances;
}

function trip(one: Instance): void {
  for (let count = 0; count < 10; count += 1) {
    const service = breakers.ofService("trading").tryAcquire();
    breakers.ofInstance(one).tryAcquire()?.end("failure", 10);
    service?.end("failure", 10);
  }
}

async function answerAll(isReady: boolean): Promise<void> {
  for (const { answer } of checks) answer(isReady);
  await vi.advanceTimersByTimeAsync(0);
}

test("nobody is asked while all is well", async () => {
  start("a", "b");
  await vi.advanceTimersByTimeAsync(60_000);
  expect(checks).toEqual([]);
});

test("one that refused a connection is asked until it is ready, twice a second at most, and taken in again", async () => {
  const [a] = start("a", "b");
  if (a === undefined) throw new Error("no instance");
  registry.eject(a);
  for (let step = 0; step < 50; step += 1) {
    await vi.advanceTimersByTimeAsync(100);
    await answerAll(false);
  }
  const times = checks.map(({ atMs }) => atMs - 1_000_000);
  expect(times.slice(0, 4)).toEqual([100, 300, 600, 1100]);
  expect(times.length).toBeLessThanOrEqual(12);
  expect(checks.every(({ id }) => id === "a")).toBe(true);
  expect(registry.isEjected(a)).toBe(true);
  await vi.advanceTimersByTimeAsync(500);
  await answerAll(true);
  expect(registry.isEjected(a)).toBe(false);
  const count = checks.length;
  await vi.advanceTimersByTimeAsync(10_000);
  expect(checks).toHaveLength(count);
});

test("one that fell silent is not tried before its first check has failed", async () => {
  const [a] = start("a");
  if (a === undefined) throw new Error("no instance");
  for (let count = 0; count < 10; count += 1) {
    breakers.ofService("trading").tryAcquire();
    breakers.ofInstance(a).tryAcquire();
  }
  const states = () =>
    [breakers.ofService("trading"), breakers.ofInstance(a)].map((it) => it.view().state);
  while (checks.length === 0) await vi.advanceTimersByTimeAsync(100);
  expect(states()).toEqual(["open", "open"]);
  // It hangs, so the check is at its deadline; and the answer waits for a loop that is busy.
  await vi.advanceTimersByTimeAsync(checkDeadlineMs + 100);
  expect(states()).toEqual(["open", "open"]);
  await answerAll(false);
  await vi.advanceTimersByTimeAsync(500);
  expect(states()).toEqual(["open", "open"]);
  checks.at(-1)?.answer(true);
  await vi.advanceTimersByTimeAsync(0);
  expect(states()).toEqual(["half_open", "half_open"]);
});

test("one that hangs has one check at a time", async () => {
  const [a] = start("a");
  if (a === undefined) throw new Error("no instance");
  registry.eject(a);
  await vi.advanceTimersByTimeAsync(60_000);
  expect(checks).toHaveLength(1);
});

test("a failing service is half-open as soon as one of its instances is back", async () => {
  const [a, b] = start("a", "b");
  if (a === undefined || b === undefined) throw new Error("no instance");
  trip(a);
  trip(b);
  const state = () => breakers.ofService("trading").view().state;
  expect(state()).toBe("open");
  // Away: longer than the first open time, and still nobody is sent there.
  for (let step = 0; step < 20; step += 1) {
    await vi.advanceTimersByTimeAsync(100);
    await answerAll(false);
  }
  expect(state()).toBe("open");
  await vi.advanceTimersByTimeAsync(600);
  checks.findLast(({ id }) => id === "b")?.answer(true);
  await vi.advanceTimersByTimeAsync(0);
  expect(state()).toBe("half_open");
  expect(breakers.ofInstance(b).view().state).toBe("half_open");
  expect(breakers.ofInstance(a).view().state).toBe("open");
});

test("the end stops checks and lets none begin", async () => {
  const [a] = start("a");
  if (a === undefined) throw new Error("no instance");
  registry.eject(a);
  await vi.advanceTimersByTimeAsync(100);
  watch?.stop();
  expect(checks[0]?.signal.aborted).toBe(true);
  checks[0]?.answer(true);
  await vi.advanceTimersByTimeAsync(10_000);
  expect(checks).toHaveLength(1);
  expect(registry.isEjected(a)).toBe(true);
});

test("the breakers move on with the time, so that a scrape shows what is", async () => {
  const seen: string[] = [];
  const [a] = start("a");
  if (a === undefined) throw new Error("no instance");
  breakers.onChange(({ instance: id, to }) => seen.push(`${id ?? "service"} ${to}`));
  trip(a);
  await vi.advanceTimersByTimeAsync(700);
  expect(seen).toEqual(["a open", "service open", "a half_open", "service half_open"]);
});
