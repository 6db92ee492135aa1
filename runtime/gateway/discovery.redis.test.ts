import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { systemClock } from "../kit/clock.ts";
import { silentLogger } from "../kit/logger.ts";
import { openRedisLink, type RedisLink } from "../kit/redis.ts";
import { type InstanceRecord, keepRegistered, type Registration } from "../kit/registration.ts";
import { startTestRedis, type TestRedis } from "../kit/testing/redis-server.ts";
import { waitUntil } from "../kit/testing/wait-until.ts";
import { type Discovery, startDiscovery } from "./discovery.ts";
import { createRegistry, parseSeeds, type Registry } from "./registry.ts";

const random = { hex: () => "", fraction: () => 0.5 };

let server: TestRedis;
let gatewayLink: RedisLink;
let registry: Registry;
let discovery: Discovery | undefined;
const registrations: Registration[] = [];

beforeEach(async () => {
  server = await startTestRedis();
  registry = createRegistry(systemClock, parseSeeds("trading=seed-host:8001,user=seed-host:8004"));
});
afterEach(async () => {
  discovery?.stop();
  gatewayLink.close();
  await Promise.all(registrations.splice(0).map((registration) => registration.deregister()));
  await server.stop();
});

function discover(): void {
  gatewayLink = openRedisLink(server.address("gateway"));
  discovery = startDiscovery({
    link: gatewayLink,
    registry,
    clock: systemClock,
    logger: silentLogger,
  });
}

function recordOf(instance: string): InstanceRecord {
  return {
    service: "trading",
    instance,
    host: instance,
    port: 8001,
    release: "r1",
    incarnation: "one",
    startedAtMs: 1,
  };
}

async function register(instance: string): Promise<Registration> {
  const registration = keepRegistered(await server.link("trading"), recordOf(instance), {
    random,
    logger: silentLogger,
  });
  registrations.push(registration);
  return registration;
}

async function waitForTrading(...hosts: string[]): Promise<void> {
  await waitUntil(
    () =>
      registry
        .usable("trading")
        .map(({ host }) => host)
        .sort()
        .join() === hosts.join(),
    { what: `trading is at ${hosts.join() || "no place"}` },
  );
}

describe("discovery", () => {
  it("finds who is registered, and forgets the seeds at the first look", async () => {
    await register("a");
    discover();
    await waitForTrading("a");
    expect(registry.usable("user")).toEqual([]);
    expect(registry.source()).toBe("redis");
  });

  it("hears of joining and leaving within a fraction of its reading interval", async () => {
    discover();
    await waitUntil(() => registry.source() === "redis", { what: "the first read" });
    const joinedAt = performance.now();
    const a = await register("a");
    await waitForTrading("a");
    expect(performance.now() - joinedAt).toBeLessThan(1000);
    const leftAt = performance.now();
    await a.deregister();
    await waitForTrading();
    expect(performance.now() - leftAt).toBeLessThan(1000);
  });

  it("does not take in again who left while it was reading", async () => {
    await register("a");
    const b = await register("b");
    discover();
    await waitForTrading("a", "b");
    const { commands } = gatewayLink;
    const mget = commands.mget.bind(commands);
    let goOn: (() => void) | undefined;
    commands.mget = (async (keys: string[]) => {
      const reply = await mget(keys);
      commands.mget = mget;
      await new Promise<void>((resolve) => (goOn = resolve));
      return reply;
    }) as typeof mget;
    await server.admin.publish("registry:events", "read it now");
    await waitUntil(() => goOn !== undefined, { what: "a read that has both" });
    await b.deregister();
    await waitForTrading("a");
    const seen = new Set<string>();
    registry.onChange(() =>
      seen.add(
        registry
          .usable("trading")
          .map(({ id }) => id)
          .join(),
      ),
    );
    const beforeMs = Date.now();
    goOn?.();
    await waitUntil(() => (registry.snapshot().readAtMs ?? 0) > beforeMs, {
      what: "the next read",
    });
    expect([...seen]).toEqual(["a"]);
  });

  it("drops who stopped beating, by reading alone", async () => {
    await register("a");
    const b = await register("b");
    discover();
    await waitForTrading("a", "b");
    // As after a crash: no heartbeat any more, and no goodbye.
    await b.deregister();
    await server.admin.zadd("registry:service:trading", Date.now() - 7000, "b");
    await waitForTrading("a");
  });

  it("uses the seeds while Redis was never reached", async () => {
    await server.kill();
    discover();
    expect(registry.source()).toBe("seed");
    expect(registry.usable("trading").map(({ host }) => host)).toEqual(["seed-host"]);
    await server.start();
    await waitUntil(() => registry.source() === "redis", { what: "the first read" });
  });

  it("goes on with the last it knew while Redis is away", async () => {
    await register("a");
    discover();
    await waitForTrading("a");
    await server.kill();
    await waitUntil(() => registry.source() === "last-known", { what: "Redis is missed" });
    expect(registry.usable("trading").map(({ host }) => host)).toEqual(["a"]);
  });

  it("never loses an instance over a Redis that comes back empty", async () => {
    await register("a");
    discover();
    await waitForTrading("a");
    await server.kill();
    await waitUntil(() => registry.source() === "last-known", { what: "Redis is missed" });
    await server.forget();
    let sawNobody = false;
    registry.onChange(() => {
      if (registry.usable("trading").length === 0) sawNobody = true;
    });
    await server.start();
    await waitUntil(
      () => registry.source() === "redis" && (registry.snapshot().readAtMs ?? 0) > Date.now() - 500,
      { what: "a read after the return" },
    );
    await waitUntil(async () => (await server.admin.zcard("registry:service:trading")) === 1, {
      what: "the instance has registered again",
    });
    expect(sawNobody).toBe(false);
  });

  it("never loses an instance over a flush while Redis is up", async () => {
    await register("a");
    await register("b");
    discover();
    await waitForTrading("a", "b");
    const counts = new Set<number>();
    registry.onChange(() => counts.add(registry.usable("trading").length));
    const beforeMs = registry.snapshot().readAtMs ?? 0;
    await server.admin.flushall();
    await server.admin.publish("registry:events", "read it now");
    await waitUntil(() => (registry.snapshot().readAtMs ?? 0) > beforeMs, { what: "a read" });
    await waitUntil(async () => (await server.admin.zcard("registry:service:trading")) === 2, {
      what: "both have registered again, by the next heartbeat",
      deadlineMs: 3000,
    });
    await waitForTrading("a", "b");
    expect([...counts]).toEqual([2]);
  });

  it("does not believe a registry that is empty all of a sudden, until somebody is in it", async () => {
    const announce = () => server.admin.publish("registry:events", "read it now");
    const write = async (heartbeatMs: number): Promise<void> => {
      const record = { ...recordOf("a"), service: "trading" };
      await server.admin.set("registry:instance:trading:a", JSON.stringify(record));
      await server.admin.zadd("registry:service:trading", heartbeatMs, "a");
    };
    // A heartbeat that is good for a moment more: as when services cannot write any longer, and say no goodbye.
    await write(Date.now() - 5500);
    discover();
    await waitForTrading("a");
    await server.admin.flushall();
    await waitUntil(() => registry.source() === "last-known", { what: "the loss is noticed" });
    expect(registry.usable("trading").map(({ id }) => id)).toEqual(["a"]);
    await write(Date.now());
    await announce();
    await waitUntil(() => registry.source() === "redis", { what: "somebody is there again" });
    await waitForTrading("a");
  });

  it("is not disturbed by what is not well-formed", async () => {
    await register("a");
    await server.admin.zadd("registry:service:trading", Date.now(), "broken");
    await server.admin.set("registry:instance:trading:broken", "{");
    discover();
    await waitForTrading("a");
    await server.admin.publish("registry:events", "nonsense");
    await server.admin.publish("registry:events", '{"change":"left","service":"x","instance":"a"}');
    await waitForTrading("a");
  });
});
