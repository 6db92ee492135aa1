import { expect, test } from "vitest";
import { lastBadAfter, parseTrace, stretch } from "./trace.ts";

const shots = parseTrace("0.50 1.25 200\n100.00 20.00 503\n200.00 3.00 timeout\n300.00 4.00 200\n");

test("a line a request is read with its times and what came", () => {
  expect(shots).toHaveLength(4);
  expect(shots[0]).toEqual({ atMs: 0.5, latencyMs: 1.25, status: "200" });
});

test("a stretch counts what was due within it, its end left out", () => {
  expect(stretch(shots, 100, 300)).toEqual({
    statuses: { 503: 1, timeout: 1 },
    p95Ms: expect.closeTo(19.15) as number,
    maxMs: 20,
  });
});

test("the last bad answer is one that was due after a time, or there was none", () => {
  expect(lastBadAfter(shots, 0)).toBe(200);
  expect(lastBadAfter(shots, 250)).toBe(null);
});
