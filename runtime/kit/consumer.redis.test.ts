import { Registry } from "prom-client";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { redisKeys } from "../../catalog/redis-keys.ts";
import { systemRandom } from "./clock.ts";
import {
  type Consumer,
  type Delivery,
  onceArgs,
  onceKeys,
  onceLua,
  startConsumer,
} from "./consumer.ts";
import { eventType } from "./events.ts";
import { silentLogger } from "./logger.ts";
import { createEventMetrics } from "./metrics.ts";
import type { RedisLink } from "./redis.ts";
import { defineScript, runScript } from "./script.ts";
import { startTestRedis, type TestRedis } from "./testing/redis-server.ts";
import { publishTrade } from "./testing/trading-events.ts";
import { silentTracer } from "./tracing/tracer.ts";
import { waitUntil } from "./testing/wait-until.ts";

const stream = redisKeys.eventStream("trading");
const counterKey = "social:test-counter";
const timing = { blockMs: 100, staleMs: 50, maxDeliveries: 3 };

let server: TestRedis;
let link: RedisLink;
let consumers: Consumer[];
beforeEach(async () => {
  server = await startTestRedis();
  link = await server.link("social");
  consumers = [];
});
afterEach(async () => {
  await Promise.all(consumers.map((consumer) => consumer.stop()));
  await server.stop();
});

const countScript = defineScript({
  name: "test-count",
  keys: [...onceKeys, "counter"],
  args: [...onceArgs],
  libraries: [onceLua],
  lua: "if not once() then return 0 end\nredis.call('INCR', counter)\ndone()\nreturn 1",
});

function count({ stream: from, group, entryId }: Delivery): Promise<unknown> {
  return runScript(link.commands, countScript, {
    keys: { stream: from, counter: counterKey },
    args: { group, entryId },
  });
}

function consume(name: string, handle: (delivery: Delivery) => Promise<unknown>): void {
  const definition = {
    domain: "trading",
    types: [eventType("trading", "trade_executed")],
    handle: async (delivery: Delivery) => {
      await handle(delivery);
    },
  };
  consumers.push(
    startConsumer(definition, {
      link,
      group: "social",
      consumer: name,
      logger: silentLogger,
      metrics: createEventMetrics(new Registry()),
      tracer: silentTracer(systemRandom),
      timing,
    }),
  );
}

async function counted(): Promise<number> {
  return Number((await server.admin.get(counterKey)) ?? 0);
}

async function pending(): Promise<number> {
  const [total] = (await server.admin.xpending(stream, "social")) as [number];
  return total;
}

describe("a consumer", () => {
  it("starts at the stream's beginning and counts each event once, shared among consumers", async () => {
    for (let index = 0; index < 50; index += 1) await publishTrade(server.admin, { user_id: 1 });
    consume("one", count);
    consume("two", count);
    for (let index = 0; index < 50; index += 1) await publishTrade(server.admin, { user_id: 1 });
    await waitUntil(async () => (await counted()) === 100, { what: "all are counted" });
    expect(await pending()).toBe(0);
  });

  it("does not count again what is delivered again", async () => {
    const deliveries: Delivery[] = [];
    consume("one", async (delivery) => {
      deliveries.push(delivery);
      await count(delivery);
    });
    await publishTrade(server.admin, { user_id: 1 });
    await waitUntil(async () => (await counted()) === 1, { what: "it is counted" });
    for (const delivery of deliveries) expect(await count(delivery)).toBe(0);
    expect(await counted()).toBe(1);
  });

  it("takes over what another one took and never finished", async () => {
    const { admin } = server;
    await publishTrade(admin, { user_id: 1 });
    await admin.xgroup("CREATE", stream, "social", "0");
    await admin.xreadgroup("GROUP", "social", "dead", "COUNT", 10, "STREAMS", stream, ">");
    expect(await pending()).toBe(1);
    consume("alive", count);
    await waitUntil(async () => (await counted()) === 1, { what: "it is counted" });
    expect(await pending()).toBe(0);
  });

  it("tries three times, then buries the event with the reason", async () => {
    let attempts = 0;
    consume("one", () => {
      attempts += 1;
      return Promise.reject(new Error("the handler is broken"));
    });
    await publishTrade(server.admin, { user_id: 1 });
    const dead = redisKeys.deadLetters("social");
    await waitUntil(async () => (await server.admin.xlen(dead)) === 1, { what: "it is buried" });
    expect(attempts).toBe(3);
    expect(await pending()).toBe(0);
    const [[, fields] = ["", []]] = await server.admin.xrange(dead, "-", "+");
    expect(fields.slice(0, 6)).toEqual([
      "stream",
      stream,
      "entryId",
      expect.stringMatching(/^\d+-\d+$/),
      "reason",
      "the handler is broken",
    ]);
  });

  it("succeeds at a later attempt without a dead letter", async () => {
    let attempts = 0;
    consume("one", async (delivery) => {
      attempts += 1;
      if (attempts < 3) throw new Error("not yet");
      await count(delivery);
    });
    await publishTrade(server.admin, { user_id: 1 });
    await waitUntil(async () => (await counted()) === 1, { what: "it is counted" });
    expect(await server.admin.exists(redisKeys.deadLetters("social"))).toBe(0);
  });

  it("acknowledges types it does not take", async () => {
    consume("one", count);
    await server.admin.xadd(
      ...([stream, "*", "id", "1", "type", "astra.trading.other.v1"] as const),
      ...(["time", "2026-01-05T10:00:00Z", "correlationId", "c"] as const),
      ...(["producer", "p", "payload", "{}"] as const),
    );
    await publishTrade(server.admin, { user_id: 1 });
    await waitUntil(async () => (await counted()) === 1, { what: "the next one is counted" });
    expect(await pending()).toBe(0);
  });

  it("goes on after Redis was killed and started again, and misses nothing", async () => {
    consume("one", count);
    await publishTrade(server.admin, { user_id: 1 });
    await waitUntil(async () => (await counted()) === 1, { what: "the first is counted" });
    await server.kill();
    await server.start();
    await publishTrade(server.admin, { user_id: 1 });
    await waitUntil(async () => (await counted()) === 2, { what: "the second is counted" });
  });

  it("makes its group anew after Redis was emptied", async () => {
    consume("one", count);
    await publishTrade(server.admin, { user_id: 1 });
    await waitUntil(async () => (await counted()) === 1, { what: "the first is counted" });
    await server.admin.flushall();
    await publishTrade(server.admin, { user_id: 1 });
    await waitUntil(async () => (await counted()) === 1, { what: "the next is counted" });
  });
});
