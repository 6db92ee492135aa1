import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { redisKeys } from "../../catalog/redis-keys.ts";
import { silentLogger } from "./logger.ts";
import { type InstanceRecord, keepRegistered, type Registration } from "./registration.ts";
import { openRedisLink, type RedisLink } from "./redis.ts";
import { startTestRedis, type TestRedis } from "./testing/redis-server.ts";
import { waitUntil } from "./testing/wait-until.ts";

const record: InstanceRecord = {
  service: "trading",
  instance: "trading-service",
  host: "trading-service",
  port: 8001,
  release: "r1",
  incarnation: "one",
  startedAtMs: 1,
};
const entry = redisKeys.instance("trading", "trading-service");
const members = redisKeys.serviceInstances("trading");
const random = { hex: () => "", fraction: () => 0.5 };

let server: TestRedis;
let link: RedisLink;
let registrations: Registration[];
beforeEach(async () => {
  server = await startTestRedis();
  link = await server.link("trading");
  registrations = [];
});
afterEach(async () => {
  await Promise.all(registrations.map((registration) => registration.deregister()));
  await server.stop();
});

function register(overrides: Partial<InstanceRecord> = {}, over = link): Registration {
  const registration = keepRegistered(
    over,
    { ...record, ...overrides },
    { random, logger: silentLogger },
  );
  registrations.push(registration);
  return registration;
}

async function registered(registration: Registration): Promise<void> {
  await waitUntil(() => registration.isRegistered(), { what: "registered" });
}

/** Collects what is announced on the channel from now on. */
async function listen(): Promise<unknown[]> {
  const subscriber = (await server.link("gateway")).openSubscriber();
  const messages: unknown[] = [];
  subscriber.on("message", (_channel, text: string) => messages.push(JSON.parse(text)));
  await subscriber.subscribe(redisKeys.registryChannel);
  return messages;
}

describe("registration", () => {
  it("writes the record with a lifetime and the heartbeat on Redis' clock", async () => {
    await registered(register());
    expect(JSON.parse((await server.admin.get(entry)) ?? "")).toEqual(record);
    const ttl = await server.admin.pttl(entry);
    expect(ttl).toBeGreaterThan(3000);
    expect(ttl).toBeLessThanOrEqual(6000);
    const [seconds] = await server.admin.time();
    const score = Number(await server.admin.zscore(members, "trading-service"));
    expect(Math.abs(score / 1000 - Number(seconds))).toBeLessThan(3);
  });

  it("beats every two seconds, and announces only what is new", async () => {
    const messages = await listen();
    await registered(register());
    const first = Number(await server.admin.zscore(members, "trading-service"));
    await waitUntil(
      async () => Number(await server.admin.zscore(members, "trading-service")) > first,
      { what: "the next heartbeat" },
    );
    const next = Number(await server.admin.zscore(members, "trading-service"));
    expect(next - first).toBeGreaterThan(1500);
    expect(next - first).toBeLessThan(3500);
    expect(messages).toEqual([
      { change: "joined", service: "trading", instance: "trading-service" },
    ]);
  });

  it("takes itself away and announces it", async () => {
    const registration = register();
    await registered(registration);
    const messages = await listen();
    await registration.deregister();
    expect(await server.admin.exists(entry)).toBe(0);
    expect(await server.admin.zcard(members)).toBe(0);
    expect(registration.isRegistered()).toBe(false);
    await waitUntil(() => messages.length === 1, { what: "it is announced" });
    expect(messages).toEqual([{ change: "left", service: "trading", instance: "trading-service" }]);
  });

  it("leaves the entry of a newer start of the same instance alone", async () => {
    const old = register();
    await registered(old);
    await registered(register({ incarnation: "two" }));
    await old.deregister();
    expect(JSON.parse((await server.admin.get(entry)) ?? "")).toMatchObject({
      incarnation: "two",
    });
  });

  it("registers again when Redis comes back empty", async () => {
    const registration = register();
    await registered(registration);
    await server.admin.flushall();
    await server.kill();
    await server.start();
    await waitUntil(async () => (await server.admin.exists(entry)) === 1, {
      what: "it is registered again",
    });
  });

  it("starts without Redis and registers when it is there", async () => {
    await server.kill();
    const early = openRedisLink(server.address("trading"));
    const registration = register({}, early);
    expect(registration.isRegistered()).toBe(false);
    await server.start();
    await registered(registration);
    await registration.deregister();
    early.close();
  });

  it("drops members that died long ago", async () => {
    await server.admin.zadd(members, 1, "ghost");
    await registered(register());
    expect(await server.admin.zrange(members, "0", "-1")).toEqual(["trading-service"]);
  });
});
