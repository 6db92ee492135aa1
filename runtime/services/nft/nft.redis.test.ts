import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { redisKeys } from "../../../catalog/redis-keys.ts";
import { startService, type ServiceHarness } from "../../kit/testing/service-harness.ts";
import { publishTrade } from "../../kit/testing/trading-events.ts";
import { waitUntil } from "../../kit/testing/wait-until.ts";
import { nft } from "./nft.ts";

const prefix = "/api/v1/nft";

let service: ServiceHarness;
beforeAll(async () => {
  service = await startService("nft", nft);
});
afterAll(() => service.stop());

interface Rewards {
  rewards: { type: string; earned: boolean; claimed: boolean }[];
  owned_nfts: { id: string; status: string }[];
}

async function rewardsOf(user: string): Promise<Rewards> {
  return (await service.get(`${prefix}/user/${user}/rewards`)).body as Rewards;
}

/** Trades once, waits for the reward, and claims it. */
async function mintFor(user: string): Promise<string> {
  await publishTrade(service.redis.admin, { user_id: user });
  await waitUntil(async () => (await rewardsOf(user)).rewards[0]?.earned === true, {
    what: `${user} has earned the reward`,
  });
  const { status, body } = await claim(user);
  expect(status).toBe(201);
  return (body as { nft: { id: string } }).nft.id;
}

function claim(user: string) {
  return service.send("POST", `${prefix}/rewards/claim`, { user_id: user, reward: "first_trade" });
}

function list(user: string, nftId: string, price: string) {
  return service.send("POST", `${prefix}/marketplace/list`, {
    user_id: user,
    nft_id: nftId,
    price,
  });
}

function buy(user: string, nftId: string) {
  return service.send("POST", `${prefix}/marketplace/buy`, { user_id: user, nft_id: nftId });
}

async function fund(user: string, units: string): Promise<void> {
  const { admin } = service.redis;
  await admin.hincrby(redisKeys.ledgerAccounts, `user:${user}:cash`, units);
  await admin.hincrby(redisKeys.ledgerAccounts, "house:deposits", `-${units}`);
}

describe("rewards", () => {
  it("cannot be claimed before they are earned", async () => {
    const { status, body } = await claim("early");
    expect(status).toBe(409);
    expect(body).toMatchObject({
      error: { message: '"first_trade" is not earned yet: Execute a first trade.' },
    });
  });

  it("are earned by the first trade and minted once", async () => {
    const id = await mintFor("trader");
    expect(await rewardsOf("trader")).toMatchObject({
      rewards: [{ type: "first_trade", earned: true, claimed: true }],
      owned_nfts: [{ id, type: "first_trade", rarity: "common", points: 100, status: "minted" }],
    });
    expect((await claim("trader")).status).toBe(409);
    expect((await service.events("nft")).map(({ type }) => type)).toEqual([
      "astra.nft.reward_earned.v1",
      "astra.nft.nft_minted.v1",
    ]);
  });
});

describe("the marketplace", () => {
  it("is empty at first", async () => {
    const { status, body } = await service.get(`${prefix}/marketplace`);
    expect(status).toBe(200);
    expect(body).toMatchObject({ listings: [] });
  });

  it("moves token and money together, and keeps 2.5 %", async () => {
    const id = await mintFor("seller");
    expect((await list("stranger", id, "100")).status).toBe(403);
    expect((await list("seller", id, "100.00")).status).toBe(200);
    const market = await service.get(`${prefix}/marketplace`);
    expect(market.body).toMatchObject({ listings: [{ id, price: "100.00", owner: "seller" }] });

    const poor = await buy("buyer", id);
    expect(poor.status).toBe(409);
    expect(poor.body).toMatchObject({
      error: { message: "The token costs 100.00 US dollars: deposit more." },
    });

    await fund("buyer", "15000000000");
    const bought = await buy("buyer", id);
    expect(bought.status).toBe(200);
    expect(bought.body).toMatchObject({ nft: { id, owner: "buyer", status: "minted" } });
    const { admin } = service.redis;
    expect(await admin.hgetall(redisKeys.ledgerAccounts)).toMatchObject({
      "user:buyer:cash": "5000000000",
      "user:seller:cash": "9750000000",
      "house:marketplace-fees": "250000000",
    });
    expect((await rewardsOf("seller")).owned_nfts).toEqual([]);
    expect((await rewardsOf("buyer")).owned_nfts).toMatchObject([{ id }]);
    expect((await service.events("nft")).at(-1)).toMatchObject({
      type: "astra.nft.nft_sold.v1",
      payload: { nft_id: id, seller_id: "seller", buyer_id: "buyer", price: "100.00" },
    });
  });

  it("sells to one of two buyers", async () => {
    const id = await mintFor("popular");
    await list("popular", id, "10");
    await fund("left", "1000000000");
    await fund("right", "1000000000");
    const statuses = (await Promise.all([buy("left", id), buy("right", id)])).map((a) => a.status);
    expect(statuses.sort()).toEqual([200, 409]);
  });

  it("refuses what is not there, not for sale, or one's own", async () => {
    expect((await buy("buyer", "nft_0000000000000000")).status).toBe(404);
    const id = await mintFor("keeper");
    expect((await buy("buyer", id)).status).toBe(409);
    await list("keeper", id, "1");
    expect((await buy("keeper", id)).status).toBe(409);
  });
});
