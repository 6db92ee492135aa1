import { expect, test } from "vitest";
import { createToUnixMs } from "./wall-time.ts";

test("spans of one process keep their distances while the wall clock is read to the millisecond", () => {
  const now = { wall: 0, steady: 0 };
  const clock = { wallMs: () => Math.floor(now.wall), steadyMs: () => now.steady };
  const toUnixMs = createToUnixMs(clock, 1_000_000.25);
  now.wall = 1_000_100.95;
  now.steady = 100.7;
  expect(toUnixMs(90.5)).toBe(1_000_090.75);
  now.wall += 0.6;
  now.steady += 0.6;
  expect(toUnixMs(91)).toBe(1_000_091.25);
});

test("a step of the wall clock is followed", () => {
  const now = { wall: 1_000_100, steady: 100 };
  const clock = { wallMs: () => now.wall, steadyMs: () => now.steady };
  const toUnixMs = createToUnixMs(clock, 1_000_000);
  expect(toUnixMs(100)).toBe(1_000_100);
  now.wall -= 3000;
  expect(toUnixMs(100)).toBe(997_100);
});
