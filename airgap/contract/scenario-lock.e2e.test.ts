import { expect, test } from "vitest";
import { takeScenarioLock } from "./scenario-lock.ts";

test("a second run waits for the end of the first", { timeout: 60 * 60_000 }, async () => {
  const order: string[] = [];
  const release = await takeScenarioLock();
  const second = takeScenarioLock().then((releaseSecond) => {
    order.push("second begins");
    return releaseSecond();
  });
  order.push("first ends");
  await release();
  await second;
  expect(order).toEqual(["first ends", "second begins"]);
});
