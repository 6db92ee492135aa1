import { setTimeout as sleep } from "node:timers/promises";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import {
  dashboardAnswerSchema,
  errorAnswerSchema,
  gatewayHealthSchema,
  serviceHealthSchema,
  servicesAnswerSchema,
} from "../catalog/endpoints.ts";
import { serviceNames, services } from "../catalog/services.ts";
import { buildRuntime } from "./build.ts";
import { startTestPlatform, type TestPlatform } from "./kit/testing/platform.ts";
import { waitUntil } from "./kit/testing/wait-until.ts";

const execute = "/api/v1/trading/execute";
const planTrade = '{"user_id":123,"asset_symbol":"BTC/USD","direction":"LONG","amount":1000}';

let dir: string;
let platform: TestPlatform;
beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), "astratrade-platform-"));
  await buildRuntime(dir);
  platform = await startTestPlatform(dir);
});
afterAll(async () => {
  await platform.stop();
  await rm(dir, { recursive: true, force: true });
});

async function get(path: string): Promise<{ status: number; headers: Headers; body: unknown }> {
  const answer = await fetch(platform.url() + path);
  return { status: answer.status, headers: answer.headers, body: await answer.json() };
}

/** @param user one who has not reached the limit of trades a minute */
async function trade(headers: Record<string, string> = {}, user = 123) {
  const answer = await fetch(platform.url() + execute, {
    method: "POST",
    headers: { "content-type": "application/json", ...headers },
    body: planTrade.replace("123", String(user)),
  });
  return { status: answer.status, headers: answer.headers, body: await answer.json() };
}

/** The figures, when all that was published is in them. */
async function kpis() {
  const read = async () => dashboardAnswerSchema.parse((await get("/dashboard")).body);
  await waitUntil(
    async () => {
      const { stale, eventsPending } = await read();
      return !stale && eventsPending === 0;
    },
    { what: "every trade is counted" },
  );
  return (await read()).kpis;
}

async function tradingAnswers(): Promise<boolean> {
  return (await get(execute)).status === 200;
}

describe("the platform on an empty Redis", () => {
  it("answers every path that is asked for in validation", async () => {
    for (const path of serviceNames.flatMap((name) => services[name].probePaths)) {
      expect([path, (await get(path)).status]).toEqual([path, 200]);
    }
  });

  it("shows every service registered and healthy", async () => {
    const answer = servicesAnswerSchema.parse((await get("/services")).body);
    expect(answer.registry.source).toBe("redis");
    for (const name of serviceNames) {
      const service = answer.services[name];
      expect([name, service?.status]).toEqual([name, "healthy"]);
      expect(service?.instances[0]).toMatchObject({
        id: `${name}-1`,
        address: platform.url(name).slice("http://".length),
        release: "r1",
      });
    }
  });

  it("has a service say of itself that it is healthy and registered", async () => {
    const answer = await fetch(`${platform.url("user")}/health`);
    expect(answer.status).toBe(200);
    expect(serviceHealthSchema.parse(await answer.json())).toMatchObject({
      status: "healthy",
      service: "user",
      registered: true,
    });
  });
});

describe("the plan's trade", () => {
  it("is recorded and moves the dashboard", async () => {
    const before = await kpis();
    const { status, headers, body } = await trade({ "x-correlation-id": "plan-1" });
    expect(status).toBe(201);
    expect(headers.get("x-correlation-id")).toBe("plan-1");
    expect(body).toMatchObject({
      trade: { user_id: 123, amount: "1000.00", fee: "1.00", correlation_id: "plan-1" },
    });
    const after = await kpis();
    expect(after.trades_total - before.trades_total).toBe(1);
    expect(after.trading_volume_usd - before.trading_volume_usd).toBe(1000);
  });

  it("reaches the other services, with its correlation id", async () => {
    const look = async () => ({
      xp: ((await get("/api/v1/gamification/user/123/xp")).body as { total_xp: number }).total_xp,
      feed: ((await get("/api/v1/social/feed")).body as { feed: unknown[] }).feed.length,
      fees: ((await get("/api/v1/financial/revenue")).body as { trading_fees: string })
        .trading_fees,
      reward: (
        (await get("/api/v1/nft/user/123/rewards")).body as { rewards: { earned: boolean }[] }
      ).rewards[0]?.earned,
    });
    const expected = { xp: 100, feed: 1, fees: "1.00", reward: true };
    await waitUntil(async () => JSON.stringify(await look()) === JSON.stringify(expected), {
      what: JSON.stringify(expected),
    });
    for (const stream of ["trading", "gamification", "social", "financial", "nft"]) {
      const entries = await platform.redis.admin.xrevrange(
        `events:${stream}`,
        "+",
        "-",
        "COUNT",
        1,
      );
      expect([stream, entries[0]?.[1].includes("plan-1")]).toEqual([stream, true]);
    }
  });

  it("is described on the same path", async () => {
    const { status, body } = await get(execute);
    expect(status).toBe(200);
    expect(body).toMatchObject({ example: JSON.parse(planTrade) as unknown });
  });
});

describe("a service that ends", () => {
  async function expectUnavailableAtOnce(): Promise<void> {
    for (const ask of [() => get(execute), () => trade()]) {
      const startedMs = performance.now();
      const { status, headers, body } = await ask();
      expect(performance.now() - startedMs).toBeLessThan(500);
      expect([status, headers.get("x-fallback")]).toEqual([503, "unavailable"]);
      expect(errorAnswerSchema.parse(body).error.service).toBe("trading");
    }
  }

  async function restartTrading(): Promise<void> {
    platform.start("trading");
    const startedMs = performance.now();
    await waitUntil(tradingAnswers, { what: "trading answers again", deadlineMs: 30_000 });
    expect(performance.now() - startedMs).toBeLessThan(10_000);
    expect((await trade()).status).toBe(201);
  }

  it("on SIGTERM leaves without a broken answer, and is back after its start", async () => {
    let ended = false;
    let asked = 0;
    const statuses = new Map<number, number>();
    const client = async (): Promise<void> => {
      while (!ended) {
        const { status } = await trade({}, 1000 + asked++);
        statuses.set(status, (statuses.get(status) ?? 0) + 1);
      }
    };
    const clients = [client(), client(), client()];
    await waitUntil(() => (statuses.get(201) ?? 0) > 20, { what: "trades are made" });
    expect(await platform.end("trading", "SIGTERM")).toBe(0);
    await waitUntil(() => (statuses.get(503) ?? 0) > 20, { what: "trades are refused" });
    ended = true;
    await Promise.all(clients);
    expect([...statuses.keys()].sort()).toEqual([201, 503]);
    await expectUnavailableAtOnce();
    await restartTrading();
  });

  it("by SIGKILL is missed at the first refused connection", async () => {
    expect(await platform.end("trading", "SIGKILL")).toBe("SIGKILL");
    await expectUnavailableAtOnce();
    const health = gatewayHealthSchema.parse((await get("/health")).body);
    expect(health.dependencies.services["trading"]).toBe("unavailable");
    await restartTrading();
  });
});

describe("Redis that ends", () => {
  it("leaves the gateway answering, and everything goes on after its start", async () => {
    const before = await kpis();
    await platform.redis.kill();
    await waitUntil(
      async () =>
        servicesAnswerSchema.parse((await get("/services")).body).registry.source === "last-known",
      { what: "the gateway misses Redis" },
    );
    await waitUntil(
      async () => {
        const { status, body } = await get("/health");
        expect(status).toBe(200);
        const { redis } = gatewayHealthSchema.parse(body).dependencies;
        return redis.waitingFor?.includes("ECONNREFUSED") ?? false;
      },
      { what: "the gateway says what it waits for" },
    );
    // What needs no Redis is still served, through services that are known from before.
    expect((await get("/api/v1/trading/markets")).status).toBe(200);
    const refused = await trade();
    expect(refused.status).toBe(503);
    expect(errorAnswerSchema.parse(refused.body).error.code).toBe("datastore_unavailable");
    const stale = dashboardAnswerSchema.parse((await get("/dashboard")).body);
    expect([stale.stale, stale.kpis.trades_total]).toEqual([true, before.trades_total]);

    await platform.redis.start();
    const refusals: number[] = [];
    await waitUntil(
      async () => {
        const { status } = await trade();
        if (status === 201) return true;
        refusals.push(status);
        // More often, and a slow start of Redis would use up what a user may ask for in a minute.
        await sleep(100);
        return false;
      },
      { what: "a trade is made" },
    );
    expect(refusals.filter((status) => status !== 503)).toEqual([]);
    const after = await kpis();
    expect(after.trades_total).toBe(before.trades_total + 1);
  });
});

describe("a gateway that ends", () => {
  it("ends with 0, and its figures are there after its start", async () => {
    const before = await kpis();
    expect(await platform.end("gateway", "SIGTERM")).toBe(0);
    platform.start("gateway");
    await waitUntil(
      async () => (await get("/dashboard").catch(() => ({ status: 0 }))).status === 200,
      {
        what: "the gateway answers again",
      },
    );
    expect(await kpis()).toEqual(before);
  });

  it("has balanced books behind it", async () => {
    const balances = Object.values(await platform.redis.admin.hgetall("ledger:accounts"));
    expect(balances.reduce((sum, units) => sum + BigInt(units), 0n)).toBe(0n);
    const { trades_total, trading_fees_usd } = await kpis();
    const house = BigInt(
      (await platform.redis.admin.hget("ledger:accounts", "house:trading-fees")) ?? "0",
    );
    expect(Number(house) / 1e8).toBe(trading_fees_usd);
    expect(trading_fees_usd).toBe(trades_total);
  });

  it("logs lines of JSON with the correlation id, and no password", async () => {
    await trade({ "x-correlation-id": "logged-1" });
    await waitUntil(() => platform.log("trading").includes("logged-1"), {
      what: "the line is out",
    });
    const all = [...serviceNames, "gateway" as const].map((name) => platform.log(name)).join("");
    for (const line of all.trim().split("\n"))
      expect(() => JSON.parse(line) as unknown).not.toThrow();
    expect(all).not.toContain("-password");
  });
});
