import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { redisKeys } from "../../../catalog/redis-keys.ts";
import { startService, type ServiceHarness } from "../../kit/testing/service-harness.ts";
import { trading } from "./trading.ts";
import type { Trade } from "./trade.ts";

const path = "/api/v1/trading/execute";
const planTrade = { user_id: 123, asset_symbol: "BTC/USD", direction: "LONG", amount: 1000 };

let service: ServiceHarness;
beforeAll(async () => {
  service = await startService("trading", trading);
});
afterAll(() => service.stop());

function tradeOf(body: unknown): Trade {
  return (body as { trade: Trade }).trade;
}

async function balances(): Promise<Record<string, string>> {
  return service.redis.admin.hgetall(redisKeys.ledgerAccounts);
}

describe("POST /execute", () => {
  it("records the plan's trade", async () => {
    const answer = await service.send("POST", path, planTrade, { "x-correlation-id": "abc-1" });
    expect(answer.status).toBe(201);
    expect(answer.headers.get("x-correlation-id")).toBe("abc-1");
    expect(tradeOf(answer.body)).toEqual({
      trade_id: expect.stringMatching(/^trade_[0-9a-f]{20}$/) as string,
      user_id: 123,
      asset_symbol: "BTC/USD",
      direction: "LONG",
      amount: "1000.00",
      quantity: "0.02228828",
      entry_price: "44866.62",
      fee: "1.00",
      status: "executed",
      executed_at: "2026-01-05T10:00:00.000Z",
      correlation_id: "abc-1",
    });
    expect(await balances()).toEqual({
      "house:demo-funds": "-1000000000000",
      "user:123:cash": "899900000000",
      "user:123:positions": "100000000000",
      "user:123:fees-due": "100000000",
    });
  });

  it("publishes the gift of demo funds and the trade", async () => {
    const user = "events-1";
    const { body } = await service.send("POST", path, { ...planTrade, user_id: user });
    const events = (await service.events("trading")).filter(
      ({ payload }) => (payload as { user_id: unknown }).user_id === user,
    );
    expect(events.map(({ type, producer, payload }) => ({ type, producer, payload }))).toEqual([
      {
        type: "astra.trading.demo_funds_granted.v1",
        producer: "trading@test",
        payload: { user_id: user, kind: "demo-grant", amount: "10000.00" },
      },
      {
        type: "astra.trading.trade_executed.v1",
        producer: "trading@test",
        payload: tradeOf(body),
      },
    ]);
  });

  it("never refuses the plan's trade for lack of funds", async () => {
    const user = "often";
    for (let count = 0; count < 25; count += 1) {
      const { status } = await service.send("POST", path, { ...planTrade, user_id: user });
      expect(status).toBe(201);
    }
    const all = await balances();
    expect(all[`user:${user}:positions`]).toBe("2500000000000");
    expect(all[`user:${user}:fees-due`]).toBe("2500000000");
    // One grant and two top-ups of 10 000, less 25 times 1001.
    expect(all[`user:${user}:cash`]).toBe("497500000000");
    const sum = Object.values(all).reduce((total, units) => total + BigInt(units), 0n);
    expect(sum).toBe(0n);
  });

  it("tops up as often as a large trade needs", async () => {
    const { status } = await service.send("POST", path, {
      ...planTrade,
      user_id: "whale",
      amount: "1000000",
    });
    expect(status).toBe(201);
    expect((await balances())["user:whale:cash"]).toBe("900000000000");
  });

  it("takes the user from the header before the body's", async () => {
    const { body } = await service.send("POST", path, planTrade, { "x-user-id": "header-user" });
    expect(tradeOf(body).user_id).toBe("header-user");
  });

  it("names every wrong field at once", async () => {
    const { status, body } = await service.send("POST", path, {
      user_id: -1,
      asset_symbol: "DOGE/USD",
      direction: "UP",
      amount: 0.001,
      leverage: 10,
    });
    expect(status).toBe(400);
    expect(body).toMatchObject({
      error: {
        code: "invalid_request",
        service: "trading",
        problems: [
          {
            field: "user_id",
            problem:
              "must be a positive whole number, or 1 to 64 letters, digits, hyphens or underscores",
          },
          { field: "asset_symbol", problem: "must be one of BTC/USD, ETH/USD, SOL/USD" },
          { field: "direction", problem: "must be one of LONG, SHORT" },
          { field: "amount", problem: "must be from 0.01 to 1000000 US dollars" },
          { field: "amount", problem: "must have at most 2 decimal places" },
          { field: "", problem: 'Unrecognized key: "leverage"' },
        ],
      },
    });
  });

  it.each([
    ["12 cents and a half", { ...planTrade, amount: 12.345 }, "amount"],
    ["text that is no number", { ...planTrade, amount: "ten" }, "amount"],
    ["an infinite amount", { ...planTrade, amount: "Infinity" }, "amount"],
  ])("refuses %s", async (_name, order, field) => {
    const { status, body } = await service.send("POST", path, order);
    expect(status).toBe(400);
    expect(body).toMatchObject({ error: { problems: [{ field }] } });
  });

  it("says where JSON is broken", async () => {
    const { status, body } = await service.send("POST", path, '{"user_id": 123,');
    expect(status).toBe(400);
    expect(body).toMatchObject({ error: { code: "invalid_json" } });
    expect((body as { error: { message: string } }).error.message).toMatch(/^Not valid JSON: /);
  });

  it("asks who trades", async () => {
    const { status, body } = await service.send("POST", path, { ...planTrade, user_id: undefined });
    expect(status).toBe(401);
    expect(body).toMatchObject({ error: { code: "identity_missing" } });
  });
});

describe("Idempotency-Key", () => {
  const headers = { "idempotency-key": "key-1" };
  const order = { ...planTrade, user_id: "careful" };

  it("gives the first trade again for the same order, and refuses another order", async () => {
    const first = await service.send("POST", path, order, headers);
    const again = await service.send("POST", path, { ...order, amount: "1000.00" }, headers);
    expect(again.status).toBe(201);
    expect(again.body).toEqual(first.body);
    expect(again.headers.get("idempotency-replayed")).toBe("true");

    const other = await service.send("POST", path, { ...order, amount: 999 }, headers);
    expect(other.status).toBe(422);
    expect(other.body).toMatchObject({ error: { code: "idempotency_key_reused" } });
    expect((await balances())["user:careful:positions"]).toBe("100000000000");
  });

  it("belongs to one user", async () => {
    const { status, headers: answered } = await service.send(
      "POST",
      path,
      { ...order, user_id: "another", amount: 5 },
      headers,
    );
    expect(status).toBe(201);
    expect(answered.get("idempotency-replayed")).toBeNull();
  });

  it("makes one trade of twenty requests at once", async () => {
    const answers = await Promise.all(
      Array.from({ length: 20 }, () =>
        service.send("POST", path, { ...order, user_id: "hasty" }, headers),
      ),
    );
    expect(new Set(answers.map(({ body }) => tradeOf(body).trade_id)).size).toBe(1);
    expect((await balances())["user:hasty:positions"]).toBe("100000000000");
  });
});

describe("what a user sees", () => {
  it("sums the positions of a market by direction", async () => {
    const user = "holder";
    for (const direction of ["LONG", "LONG", "SHORT"]) {
      await service.send("POST", path, { ...planTrade, user_id: user, direction });
    }
    const { body } = await service.get(`/api/v1/trading/positions/${user}`);
    expect(body).toEqual({
      user_id: user,
      positions: [
        {
          symbol: "BTC/USD",
          side: "LONG",
          quantity: "0.04457656",
          cost: "2000.00",
          average_price: "44866.63",
          current_price: "44866.62",
          unrealized_pnl: "0.00",
        },
        {
          symbol: "BTC/USD",
          side: "SHORT",
          quantity: "0.02228828",
          cost: "1000.00",
          average_price: "44866.63",
          current_price: "44866.62",
          unrealized_pnl: "0.00",
        },
      ],
      total_unrealized_pnl: "0.00",
    });
  });

  it("lists the newest trades first, page by page", async () => {
    const user = "writer";
    for (const amount of [1, 2, 3]) {
      await service.send("POST", path, { ...planTrade, user_id: user, amount });
    }
    const { body } = await service.get(`/api/v1/trading/history/${user}?limit=2&offset=1`);
    const { trades, total } = body as { trades: Trade[]; total: number };
    expect(total).toBe(3);
    expect(trades.map(({ amount }) => amount)).toEqual(["2.00", "1.00"]);
  });

  it("describes the order on the path that takes it", async () => {
    const { status, body } = await service.get(path);
    expect(status).toBe(200);
    expect(body).toMatchObject({ method: "POST", example: planTrade });
    const example = (body as { example: unknown }).example;
    expect((await service.send("POST", path, example)).status).toBe(201);
  });

  it("shows the markets that were asked for", async () => {
    const { body } = await service.get("/api/v1/trading/markets?symbols=ETH/USD,SOL/USD");
    expect(Object.keys((body as { markets: object }).markets)).toEqual(["ETH/USD", "SOL/USD"]);
    const wrong = await service.get("/api/v1/trading/markets?symbols=ETH/USD,EURUSD");
    expect(wrong.status).toBe(400);
  });
});

describe("where requests are not trusted", () => {
  it("believes the gateway's header only, never the body", async () => {
    const strict = await startService("trading", trading, {
      redis: service.redis,
      authMode: "jwt",
    });
    const alone = await strict.send("POST", path, planTrade);
    expect(alone.status).toBe(401);
    expect(alone.body).toMatchObject({ error: { code: "identity_missing" } });
    const said = await strict.send("POST", path, planTrade, { "x-user-id": "usr_1" });
    expect(tradeOf(said.body).user_id).toBe("usr_1");
    await strict.stop();
  });
});
