import { afterAll, expect, test } from "vitest";
import { interrupt } from "./interrupt.ts";
import { kinds } from "./kinds.ts";
import { addResult, chooseSeeds, keepFailure, readResults } from "./results.ts";
import { createStage, removeStage, type Stage } from "./stage.ts";
import { versionsOf } from "./versions.ts";

/**
 * Fifty deploys, ended at random moments by everything that can end one. Each result is kept under its seed; a round that
 * fails keeps what it printed, and the next one starts on a new stage.
 */
let stage: Stage | undefined;
afterAll(() => leave());

const all = chooseSeeds({ ...process.env, ASTRATRADE_LONG_RESUME: undefined }, []);
const seeds = chooseSeeds(process.env, readResults());

for (const seed of seeds) {
  const kind = kinds[seed % kinds.length] ?? "cli";
  test(`${kind}, seed ${seed}: the next deploy puts everything right`, async () => {
    stage ??= await createStage();
    try {
      const round = await interrupt(stage, kind, seed);
      addResult({ ...round, versions: versionsOf(stage), date: new Date().toISOString() });
    } catch (error) {
      keepFailure(seed, (error as Error).message);
      await leave();
      throw error;
    }
  });
}

test("every seed has a result", () => {
  const done = readResults().map(({ seed }) => seed);
  expect(all.filter((seed) => !done.includes(seed))).toEqual([]);
});

async function leave(): Promise<void> {
  const left = stage;
  stage = undefined;
  if (left !== undefined) await removeStage(left);
}
