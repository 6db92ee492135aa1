import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { redisKeys } from "../../../catalog/redis-keys.ts";
import { startService, type ServiceHarness } from "../../kit/testing/service-harness.ts";
import { publishTrade } from "../../kit/testing/trading-events.ts";
import { waitUntil } from "../../kit/testing/wait-until.ts";
import { gamification } from "./gamification.ts";

let service: ServiceHarness;
beforeAll(async () => {
  service = await startService("gamification", gamification);
});
afterAll(() => service.stop());

async function xpOf(user: string | number): Promise<unknown> {
  return (await service.get(`/api/v1/gamification/user/${user}/xp`)).body;
}

async function waitForTrades(user: string | number, trades: number): Promise<void> {
  await waitUntil(async () => ((await xpOf(user)) as { trades: number }).trades === trades, {
    what: `${trades} trades of ${user} are counted`,
  });
}

describe("the gamification service", () => {
  it("has an empty leaderboard and a fresh user at level 1", async () => {
    const { status, body } = await service.get("/api/v1/gamification/leaderboard");
    expect(status).toBe(200);
    expect(body).toMatchObject({ leaderboard: [] });
    expect(await xpOf("nobody")).toEqual({
      user_id: "nobody",
      total_xp: 0,
      level: 1,
      xp_to_next_level: 1000,
      trades: 0,
    });
  });

  it("gives a tenth of a trade's dollars as XP and says so", async () => {
    await publishTrade(service.redis.admin, { user_id: 123 }, { correlationId: "req-xp" });
    await waitForTrades(123, 1);
    expect(await xpOf(123)).toMatchObject({ user_id: 123, total_xp: 100, level: 1 });
    expect((await service.events("gamification")).at(-1)).toMatchObject({
      type: "astra.gamification.xp_gained.v1",
      correlationId: "req-xp",
      producer: "gamification@test",
      payload: { user_id: 123, xp_amount: 100, xp_source: "trading", total_xp: 100 },
    });
  });

  it("raises the level at each thousand, over several at once", async () => {
    await publishTrade(service.redis.admin, { user_id: "climber", amount: "9990.00" });
    await waitForTrades("climber", 1);
    await publishTrade(service.redis.admin, { user_id: "climber", amount: "20010.00" });
    await waitForTrades("climber", 2);
    expect(await xpOf("climber")).toMatchObject({
      total_xp: 3000,
      level: 4,
      xp_to_next_level: 1000,
    });
    const ups = (await service.events("gamification")).filter(({ type }) =>
      type.includes("level_up"),
    );
    expect(ups.map(({ payload }) => payload)).toEqual([
      { user_id: "climber", old_level: 1, new_level: 4, total_xp: 3000 },
    ]);
  });

  it("ranks by XP", async () => {
    const { body } = await service.get("/api/v1/gamification/leaderboard?limit=2");
    expect(body).toMatchObject({
      leaderboard: [
        { rank: 1, user_id: "climber", total_xp: 3000, level: 4 },
        { rank: 2, user_id: 123, total_xp: 100 },
      ],
    });
    expect((await service.get("/api/v1/gamification/leaderboard?limit=-1")).status).toBe(400);
  });

  it("buries an event it cannot read and goes on with the next", async () => {
    await service.redis.admin.xadd(redisKeys.eventStream("trading"), "*", "nonsense", "1");
    await publishTrade(service.redis.admin, { user_id: "after-nonsense" });
    await waitForTrades("after-nonsense", 1);
  });
});
