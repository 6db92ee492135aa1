import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { redisKeys } from "../../../catalog/redis-keys.ts";
import { startService, type ServiceHarness } from "../../kit/testing/service-harness.ts";
import { publishTrade } from "../../kit/testing/trading-events.ts";
import { waitUntil } from "../../kit/testing/wait-until.ts";
import { financial } from "./financial.ts";

const deposits = "/api/v1/financial/deposits";

let service: ServiceHarness;
beforeAll(async () => {
  service = await startService("financial", financial);
});
afterAll(() => service.stop());

async function revenue(period: string): Promise<unknown> {
  return (await service.get(`/api/v1/financial/revenue?period=${period}`)).body;
}

async function ledger(): Promise<Record<string, string>> {
  return service.redis.admin.hgetall(redisKeys.ledgerAccounts);
}

describe("revenue", () => {
  it("is zero at first", async () => {
    const { status, body } = await service.get("/api/v1/financial/revenue");
    expect(status).toBe(200);
    expect(body).toMatchObject({ period: "total", total_revenue: "0.00", currency: "USD" });
  });

  it("grows by the fee of each trade, on the trade's day", async () => {
    const { admin } = service.redis;
    const yesterday = { timeMs: service.clock.nowMs - 24 * 60 * 60 * 1000 };
    await publishTrade(admin, { user_id: 123, fee: "1.00" });
    await publishTrade(admin, { user_id: 123, fee: "0.12345678" });
    await publishTrade(admin, { user_id: 7, fee: "5.00" }, yesterday);
    await waitUntil(async () => (await ledger())["user:7:fees-due"] !== undefined, {
      what: "the last fee is booked",
    });
    expect(await revenue("total")).toMatchObject({
      trading_fees: "6.12345678",
      marketplace_fees: "0.00",
      total_revenue: "6.12345678",
    });
    expect(await revenue("daily")).toMatchObject({
      day: "2026-01-05",
      trading_fees: "1.12345678",
    });
    expect((await revenue("yearly")) as object).toMatchObject({
      error: { code: "invalid_request" },
    });
  });

  it("publishes each booking with the trade's correlation id", async () => {
    const { tradeId } = await publishTrade(
      service.redis.admin,
      { user_id: 9, fee: "2.00" },
      { correlationId: "req-fee" },
    );
    await waitUntil(async () => (await ledger())["user:9:fees-due"] === "-200000000", {
      what: "the fee is booked",
    });
    expect((await service.events("financial")).at(-1)).toMatchObject({
      type: "astra.financial.revenue_recorded.v1",
      correlationId: "req-fee",
      payload: { source: "trading_fees", source_id: tradeId, amount: "2.00" },
    });
  });
});

describe("accounts and deposits", () => {
  it("shows an account that was never used as empty", async () => {
    const { status, body } = await service.get("/api/v1/financial/accounts/new");
    expect(status).toBe(200);
    expect(body).toEqual({
      user_id: "new",
      currency: "USD",
      cash: "0.00",
      in_positions: "0.00",
      fees_due: "0.00",
      total: "0.00",
    });
  });

  it("pays in once for one key", async () => {
    const headers = { "idempotency-key": "pay-1" };
    const body = { user_id: "saver", amount: "250.50" };
    const first = await service.send("POST", deposits, body, headers);
    const again = await service.send("POST", deposits, body, headers);
    expect(first.status).toBe(201);
    expect(first.body).toMatchObject({ account: { cash: "250.50" } });
    expect(again.body).toEqual(first.body);
    const other = await service.send("POST", deposits, { ...body, amount: 1 }, headers);
    expect(other.status).toBe(422);
    const added = (await service.events("financial")).filter(({ type }) =>
      type.includes("funds_added"),
    );
    expect(added).toHaveLength(1);
  });

  it.each([0, -5, 10_000.01, "1e3", null])("refuses the amount %s", async (amount) => {
    const { status } = await service.send("POST", deposits, { user_id: "saver", amount });
    expect(status).toBe(400);
  });

  it("keeps the books balanced", async () => {
    const sum = Object.values(await ledger()).reduce((total, units) => total + BigInt(units), 0n);
    expect(sum).toBe(0n);
  });
});
