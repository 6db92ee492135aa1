import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { whatWasRepaired } from "./interrupt.ts";
import { randomOf } from "./random.ts";
import { addResult, chooseSeeds, keepFailure, readResults, type Result } from "./results.ts";

let folder = "";
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "astratrade-results-"));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const result = (seed: number, secondsToGood = 20): Result => ({
  seed,
  kind: "cli",
  change: "log level debug",
  momentMs: 4711,
  step: "Deploy stack dev",
  exitCode: null,
  repaired: "",
  secondsToGood,
  versions: { pulumi: "3.274.1" },
  date: "2026-01-02T03:04:05.678Z",
});

test("results are kept by seed, the newest of each", () => {
  const file = join(folder, "new", "interruptions.json");
  expect(readResults(file)).toEqual([]);
  addResult(result(2), file);
  addResult(result(1), file);
  addResult(result(2, 30), file);
  expect(readResults(file)).toEqual([result(1), result(2, 30)]);
  const kept = { schemaVersion: 1, rounds: [result(1), result(2, 30)] };
  expect(readFileSync(file, "utf8")).toBe(`${JSON.stringify(kept, null, 2)}\n`);
});

test("a failed round keeps what it printed", () => {
  const log = keepFailure(7, "why", join(folder, "interruptions.json"));
  expect(readFileSync(log, "utf8")).toBe("why");
});

describe("seeds", () => {
  test.each([
    [{}, 50, 1],
    [{ ASTRATRADE_LONG_SEEDS: "7" }, 1, 7],
    [{ ASTRATRADE_LONG_SEEDS: "60-62" }, 3, 60],
    [{ ASTRATRADE_LONG_SEEDS: "60-62,9" }, 4, 60],
  ])("%j", (env, count, first) => {
    const seeds = chooseSeeds(env, [result(1), result(61)]);
    expect([seeds.length, seeds[0]]).toEqual([count, first]);
  });

  test("a resumed run leaves out what has a result", () => {
    const env = { ASTRATRADE_LONG_SEEDS: "1-4", ASTRATRADE_LONG_RESUME: "1" };
    expect(chooseSeeds(env, [result(1), result(3)])).toEqual([2, 4]);
  });

  test("what is no range is refused", () => {
    expect(() => chooseSeeds({ ASTRATRADE_LONG_SEEDS: "1..5" }, [])).toThrow(
      'has "1..5"; expected',
    );
  });

  test("the same seed gives the same numbers", () => {
    const draw = (seed: number) => {
      const random = randomOf(seed);
      return [random(), random(), random()];
    };
    expect(draw(5)).toEqual(draw(5));
    expect(draw(5)).not.toEqual(draw(6));
    expect(draw(5).every((it) => it >= 0 && it < 1)).toBe(true);
  });
});

test.each([
  ["- Look for what an earlier command has left\n  done in 0.1 s: nothing\n", ""],
  ["- Docker engine\n  failed after 0.1 s\n", ""],
  [
    "`npm run up` by root, was ended before it was done: its lock is taken over.\n- Docker engine\n  done in 0.0 s: 20.10\n" +
      "- Look for what an earlier command has left\n    removing nft\n  done in 2.1 s: removed container nft, which the state does not know\n",
    "`npm run up` by root, was ended before it was done: its lock is taken over.; removed container nft, which the state does not know",
  ],
])("what a deploy says that it has put right: %j", (text, repaired) => {
  expect(whatWasRepaired({ text })).toBe(repaired);
});
