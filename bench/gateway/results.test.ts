import { expect, test } from "vitest";
import type { LoadResult } from "./load.ts";
import { type Results, summarise } from "./results.ts";
import { renderTable } from "./report.ts";
import { assertGood, type RoundResult } from "./round.ts";

const answers: LoadResult = {
  requests: 1000,
  statuses: { 200: 1000 },
  wrongBodies: 0,
  elapsedMs: 500,
  p50Ms: 1,
  p95Ms: 2,
  p99Ms: 3,
  maxMs: 4,
  lateP99Ms: 0.1,
  ownCpuMs: 10,
};

function round(peer: string, number: number, cpuUsPerRequest: number): RoundResult {
  return {
    peer,
    round: number,
    cpuUsPerRequest,
    closed: answers,
    requestsPerSecond: 2000,
    memoryMb: 80,
    throttledPeriods: 0,
    open: answers,
    openCpuUsPerRequest: cpuUsPerRequest,
    loadAverage: 10 * number,
    limit: { admitted: 200, refused: 50 },
  };
}

const results: Results = {
  schemaVersion: 1,
  machine: {
    startedAt: "2026-01-05T10:00:00.000Z",
    processor: "a processor",
    cores: 2,
    memoryGb: 8,
    kernel: "6.1",
    cgroups: 2,
    node: "v24.0.0",
    go: "1.26",
    redis: "7.0",
    commit: "abc",
    loadBefore: 0.1,
  },
  limits: { cpus: 1, memoryMb: 512 },
  direct: answers,
  peers: [
    { name: "ours", title: "Ours", limitIn: "redis" },
    { name: "other", title: "Other", limitIn: "memory" },
    { name: "idle", title: "Idle", limitIn: "redis" },
  ],
  failures: [{ peer: "idle", round: 1, message: "It did not answer." }],
  rounds: [
    round("ours", 1, 100),
    round("other", 1, 150),
    round("other", 2, 50),
    round("ours", 2, 200),
  ],
};

test("a peer is compared with ours of the same round, not with our middle", () => {
  const rows = summarise(results);
  expect(rows.map(({ title }) => title)).toEqual(["Other", "Ours"]);
  expect(rows[0]?.cpuOverOurs).toEqual({ median: 0.875, min: 0.25, max: 1.5 });
  expect(rows[1]?.cpuOverOurs).toEqual({ median: 1, min: 1, max: 1 });
});

test("the table marks ours and says who counts in its own memory", () => {
  const text = renderTable(results, summarise(results));
  expect(text).toContain("| **Ours** | Redis | 150 (100–200) |");
  expect(text).toContain("Load average while it ran: 15.0 (10.0–20.0)");
  expect(text).toContain("idle in round 1: It did not answer.");
  expect(text).toContain("| Other | own memory | 100 (50.0–150) |");
});

test("a measurement with any answer but the whole 200 is refused, and says what came", () => {
  expect(() => assertGood(answers)).not.toThrow();
  expect(() => assertGood({ ...answers, wrongBodies: 1 })).toThrow("1 of them with a wrong body");
  expect(() => assertGood({ ...answers, statuses: { 200: 999, 503: 1 } })).toThrow('"503":1');
  expect(() => assertGood({ ...answers, requests: 0, statuses: {} })).toThrow();
});
