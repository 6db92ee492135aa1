import { Registry as MetricsRegistry } from "prom-client";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { systemRandom } from "../kit/clock.ts";
import { type Consumer, startConsumer } from "../kit/consumer.ts";
import { silentLogger } from "../kit/logger.ts";
import { createEventMetrics } from "../kit/metrics.ts";
import type { RedisLink } from "../kit/redis.ts";
import { startTestRedis, type TestRedis } from "../kit/testing/redis-server.ts";
import { publishTrade } from "../kit/testing/trading-events.ts";
import { silentTracer } from "../kit/tracing/tracer.ts";
import { countTrades, gatewayClient, readKpis } from "./kpis.ts";

const nowMs = Date.UTC(2026, 0, 5, 10);
const clock = { nowMs: () => nowMs };

let server: TestRedis;
let link: RedisLink;
const consumers: Consumer[] = [];
beforeEach(async () => {
  server = await startTestRedis();
  link = await server.link("gateway");
});
afterEach(async () => {
  await Promise.all(consumers.splice(0).map((consumer) => consumer.stop()));
  await server.stop();
});

function startReplica(consumer: string): Consumer {
  const started = startConsumer(countTrades(link), {
    link,
    group: gatewayClient,
    consumer,
    logger: silentLogger,
    metrics: createEventMetrics(new MetricsRegistry()),
    tracer: silentTracer(systemRandom),
  });
  consumers.push(started);
  return started;
}

describe("the figures of the dashboard", () => {
  it("are zero on an empty Redis", async () => {
    expect(await readKpis(link, clock)).toEqual({
      eventsPending: 0,
      kpis: {
        trades_total: 0,
        trading_volume_usd: 0,
        trading_fees_usd: 0,
        traders_total: 0,
        trades_today: 0,
        trading_volume_today_usd: 0,
        last_trade_at: null,
      },
    });
  });

  it("count every trade once over two replicas, restarts and repeats", async () => {
    const { admin } = server;
    const first = startReplica("gateway-1");
    startReplica("gateway-2");
    for (let count = 0; count < 40; count += 1) {
      await publishTrade(admin, { user_id: 1 + (count % 3), amount: "1000.10" }, { timeMs: nowMs });
    }
    await first.stop();
    startReplica("gateway-1");
    const yesterday = { timeMs: nowMs - 24 * 60 * 60 * 1000 };
    await publishTrade(admin, { user_id: "old", amount: "0.01", fee: "0.00001" }, yesterday);
    const { eventsPending, kpis } = await readKpis(link, clock);
    expect(eventsPending).toBe(0);
    expect(kpis).toEqual({
      trades_total: 41,
      trading_volume_usd: 40_004.01,
      trading_fees_usd: 40.00001,
      traders_total: 4,
      trades_today: 40,
      trading_volume_today_usd: 40_004,
      last_trade_at: "2026-01-05T10:00:00.000Z",
    });
  });

  it("wait for a trade that was just made", async () => {
    startReplica("gateway-1");
    for (let count = 1; count <= 20; count += 1) {
      await publishTrade(server.admin, { user_id: 1 });
      expect((await readKpis(link, clock)).kpis.trades_total).toBe(count);
    }
  });

  it("say how much is missing when nobody counts", async () => {
    const replica = startReplica("gateway-1");
    await publishTrade(server.admin, { user_id: 1 });
    expect((await readKpis(link, clock)).eventsPending).toBe(0);
    await replica.stop();
    await publishTrade(server.admin, { user_id: 1 });
    const { eventsPending, kpis } = await readKpis(link, clock);
    expect([eventsPending, kpis.trades_total]).toEqual([1, 1]);
  });
});
