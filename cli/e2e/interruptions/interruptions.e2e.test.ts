import { afterAll, beforeAll, expect, test } from "vitest";
import { interrupt } from "./interrupt.ts";
import { kinds, kindTitles } from "./kinds.ts";
import { createStage, removeStage, type Stage } from "./stage.ts";

/**
 * One deploy ended by each of the five most important kinds, at moments that fixed seeds give. `npm run test:long` has
 * fifty, of all kinds.
 */
let stage: Stage;
beforeAll(async () => {
  stage = await createStage();
});
afterAll(() => removeStage(stage));

test.each(kinds.slice(0, 5).map((kind, index) => ({ kind, seed: 101 + index })))(
  "$kind, seed $seed: the next deploy puts everything right",
  async ({ kind, seed }) => {
    const round = await interrupt(stage, kind, seed);
    expect(round.exitCode, kindTitles[kind]).not.toBe(0);
  },
);
