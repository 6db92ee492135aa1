import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { redisClientNames } from "../../../catalog/redis-acl.ts";
import { redisKeys, traceStoreMb } from "../../../catalog/redis-keys.ts";
import type { RedisLink } from "../redis.ts";
import { startTestRedis, type TestRedis } from "../testing/redis-server.ts";
import { waitUntil } from "../testing/wait-until.ts";
import { readTrace } from "./read-trace.ts";
import { createSpanStore, traceSegments } from "./span-store.ts";
import { testMetrics, testResource, testSpan } from "./testing/spans.ts";

let server: TestRedis;
beforeEach(async () => {
  server = await startTestRedis();
});
afterEach(() => server.stop());

const startMs = Date.UTC(2026, 0, 5, 10);
const stored = "trace_spans_stored_total";

function storeOn(link: RedisLink, resource = testResource) {
  const { metrics, values } = testMetrics();
  const toUnixMs = (ms: number) => startMs + ms;
  return { store: createSpanStore({ link, resource, toUnixMs, metrics }), values };
}

function digits(value: number, length: number): string {
  return value.toString(16).padStart(length, "0");
}

async function memoryOfTraces(): Promise<number> {
  const keys = await server.admin.keys("traces:*");
  const sizes = await Promise.all(keys.map((key) => server.admin.memory("USAGE", key)));
  return sizes.reduce<number>((sum, size) => sum + (size ?? 0), 0);
}

describe("the store of recent spans", () => {
  it("gathers what every client of Redis adds, and the gateway reads it", async () => {
    for (const [index, name] of redisClientNames.entries()) {
      const resource = { ...testResource, service: name, instance: `${name}-1` };
      const { store, values } = storeOn(await server.link(name), resource);
      store.add(testSpan({ spanId: digits(index + 1, 16), startedMs: index, name: `of ${name}` }));
      await store.stop();
      expect(await values()).toEqual({ [stored]: 1 });
    }
    const gateway = await server.link("gateway");
    const trace = await readTrace(gateway.commands, "plan-1");
    expect(trace?.spans.map(({ service, name }) => [service, name])).toEqual(
      redisClientNames.map((name) => [name, `of ${name}`]),
    );
    expect(await readTrace(gateway.commands, "plan-2")).toBeNull();
    // A segment's own fields are no spans.
    expect(await readTrace(gateway.commands, "#bytes")).toBeNull();
  });

  it("gives back what was put in, with long texts cut", async () => {
    const link = await server.link("trading");
    const { store } = storeOn(link);
    const attributes = {
      "url.path": `/${"x".repeat(4000)}`,
      "http.response.status_code": 201,
      flag: true,
      left: undefined,
    };
    const parentSpanId = "b7ad6b7169203331";
    store.add(testSpan({ parentSpanId, attributes, durationMs: 1.23456 }));
    await store.stop();
    expect(await readTrace(link.commands, "plan-1")).toEqual({
      correlationId: "plan-1",
      traceIds: ["4bf92f3577b34da6a3ce929d0e0e4736"],
      startedAt: "2026-01-05T10:00:00.100Z",
      durationMs: 1.235,
      services: ["trading"],
      ok: true,
      spans: [
        {
          traceId: "4bf92f3577b34da6a3ce929d0e0e4736",
          spanId: "00f067aa0ba902b7",
          parentSpanId,
          sampled: true,
          name: "POST /api/v1/trading/execute",
          kind: "server",
          service: "trading",
          instance: "trading-1",
          offsetMs: 0,
          durationMs: 1.235,
          depth: 0,
          ok: true,
          attributes: {
            "url.path": `/${"x".repeat(127)}`,
            "http.response.status_code": 201,
            flag: true,
          },
        },
      ],
    });
  });

  it("drops spans of one id beyond its share, and counts them", async () => {
    const link = await server.link("trading");
    const { store, values } = storeOn(link);
    for (let index = 0; index < 500; index += 1) {
      store.add(testSpan({ spanId: digits(index + 1, 16), startedMs: index }));
    }
    await store.stop();
    const counts = await values();
    const kept = counts[stored] ?? 0;
    expect(kept).toBeGreaterThanOrEqual(64);
    expect(counts["trace_spans_dropped_total{reason=too_many_of_one_id}"]).toBe(500 - kept);
    const trace = await readTrace(link.commands, "plan-1");
    expect(trace?.spans).toHaveLength(kept);
    expect(await memoryOfTraces()).toBeLessThan(64 * 1024);
  });

  it("has a bound, whatever comes, and keeps the newest", async () => {
    const link = await server.link("trading");
    const attributes = { "url.path": "/".padEnd(128, "x"), more: "y".repeat(128) };
    const batches = 60;
    for (let batch = 0; batch < batches; batch += 1) {
      const { store } = storeOn(link);
      for (let index = 0; index < 512; index += 1) {
        const correlationId = `id-${batch * 512 + index}`;
        store.add(testSpan({ correlationId, attributes, name: "z".repeat(128) }));
      }
      await store.stop();
    }
    const bytes = await memoryOfTraces();
    expect(bytes).toBeGreaterThan(12 * 1024 * 1024);
    expect(bytes).toBeLessThan(traceStoreMb * 1024 * 1024);
    expect(await readTrace(link.commands, "id-0")).toBeNull();
    expect(await readTrace(link.commands, `id-${batches * 512 - 1}`)).not.toBeNull();
    const ttls = await Promise.all(
      Array.from({ length: traceSegments }, (_, slot) =>
        server.admin.pttl(redisKeys.traceSegment(slot)),
      ),
    );
    expect(Math.min(...ttls)).toBeGreaterThan(0);
    expect(Math.max(...ttls)).toBeLessThanOrEqual(15 * 60_000);
  });

  it("keeps the bound with ids as long as clients may make them, where they are most of what is kept", async () => {
    const link = await server.link("trading");
    const ids = Array.from({ length: 50_000 }, (_, index) => String(index).padStart(64, "x"));
    for (let from = 0; from < ids.length; from += 512) {
      const { store } = storeOn(link);
      for (const correlationId of ids.slice(from, from + 512)) {
        store.add(testSpan({ correlationId, name: "x", attributes: {} }));
      }
      await store.stop();
    }
    const bytes = await memoryOfTraces();
    expect(bytes).toBeGreaterThan(12 * 1024 * 1024);
    expect(bytes).toBeLessThan(traceStoreMb * 1024 * 1024);
  });

  it("takes no more room where Redis has none left, and gives back what it has", async () => {
    const link = await server.link("trading");
    const first = storeOn(link);
    first.store.add(testSpan({ correlationId: "before" }));
    await first.store.stop();
    await server.admin.config("SET", "maxmemory", "1mb");
    const second = storeOn(link);
    second.store.add(testSpan({ correlationId: "after" }));
    await second.store.stop();
    expect(await second.values()).toEqual({ "trace_spans_dropped_total{reason=redis_away}": 1 });
    const ttl = await server.admin.pttl(redisKeys.traceSegment(0));
    expect(ttl).toBeGreaterThan(0);
    await server.admin.config("SET", "maxmemory", "0");
    expect(await readTrace(link.commands, "before")).not.toBeNull();
    expect(await readTrace(link.commands, "after")).toBeNull();
  });

  it("leaves a segment that is a minute old", async () => {
    const link = await server.link("trading");
    const first = storeOn(link);
    first.store.add(testSpan({ spanId: digits(1, 16) }));
    await first.store.stop();
    const segment = redisKeys.traceSegment(0);
    await server.admin.hset(segment, "#since", Date.now() - 61_000);
    const second = storeOn(link);
    second.store.add(testSpan({ spanId: digits(2, 16) }));
    await second.store.stop();
    expect(await server.admin.get(redisKeys.traceHead)).toBe("1");
    expect((await readTrace(link.commands, "plan-1"))?.spans).toHaveLength(2);
  });

  it("drops spans while Redis is away, keeps nobody waiting, and goes on afterwards", async () => {
    const link = await server.link("trading");
    const { store, values } = storeOn(link);
    await server.kill();
    await waitUntil(() => link.state().status === "down", { what: "the link is down" });
    const startedMs = performance.now();
    for (let index = 0; index < 5000; index += 1) store.add(testSpan());
    expect(performance.now() - startedMs).toBeLessThan(250);
    await waitUntil(
      async () => (await values())["trace_spans_dropped_total{reason=redis_away}"] === 512,
      { what: "the queue is emptied" },
    );
    expect((await values())["trace_spans_dropped_total{reason=store_queue_full}"]).toBe(5000 - 512);
    await server.start();
    await waitUntil(() => link.state().status === "up", { what: "the link is up" });
    store.add(testSpan());
    await waitUntil(async () => (await values())[stored] === 1, { what: "a span is stored" });
  });

  it("counts apart what Redis refuses", async () => {
    const link = await server.link("trading");
    const { store, values } = storeOn(link);
    await server.admin.acl("SETUSER", "trading", "resetkeys");
    store.add(testSpan());
    await store.stop();
    expect(await values()).toEqual({ "trace_spans_dropped_total{reason=redis_refused}": 1 });
  });

  it("stops within its time while Redis is frozen", async () => {
    const link = await server.link("trading");
    const { store } = storeOn(link);
    server.signal("SIGSTOP");
    store.add(testSpan());
    const startedMs = performance.now();
    await store.stop();
    server.signal("SIGCONT");
    expect(performance.now() - startedMs).toBeLessThan(1500);
  });
});
