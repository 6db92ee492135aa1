import { describe, expect, it } from "vitest";
import { serviceNames, type ServiceName } from "../../catalog/services.ts";
import {
  createRegistry,
  type Instance,
  mergeSnapshots,
  parseSeeds,
  type Snapshot,
} from "./registry.ts";

const redisAheadMs = 3_600_000;

function instance(id: string, overrides: Partial<Instance> = {}): Instance {
  return {
    service: "trading",
    id,
    host: id,
    port: 8001,
    incarnation: "first",
    release: "r1",
    startedAtMs: 0,
    heartbeatMs: redisAheadMs,
    ...overrides,
  };
}

/** @param readAtMs on our clock; Redis' is an hour ahead */
function snapshot(readAtMs: number, ...trading: Instance[]): Snapshot {
  const instances = new Map<ServiceName, readonly Instance[]>(serviceNames.map((n) => [n, []]));
  instances.set("trading", trading);
  return { source: "redis", instances, readAtMs, redisNowMs: redisAheadMs + readAtMs };
}

function ids(instances: readonly Instance[]): string[] {
  return instances.map(({ id }) => id);
}

function start(seeds: readonly Instance[] = []) {
  const time = { nowMs: 0 };
  const registry = createRegistry({ nowMs: () => time.nowMs }, seeds);
  registry.setRedisUp(true);
  return { time, registry };
}

describe("ejection", () => {
  it("lasts until a heartbeat after the refusal, by Redis' clock", () => {
    const { time, registry } = start();
    const beat = (ms: number) => instance("a", { heartbeatMs: redisAheadMs + ms });
    registry.replace(snapshot(0, beat(0)));
    time.nowMs = 1500;
    registry.eject(beat(0));
    expect(registry.usable("trading")).toEqual([]);

    // A heartbeat that was on its way when the connection was refused proves nothing.
    registry.replace(snapshot(2000, beat(1400)));
    time.nowMs = 20_000;
    expect(registry.usable("trading")).toEqual([]);

    registry.replace(snapshot(4000, beat(1600)));
    expect(ids(registry.usable("trading"))).toEqual(["a"]);
  });

  it("lasts five seconds while Redis is away and no heartbeat can be seen", () => {
    const { time, registry } = start();
    registry.replace(snapshot(0, instance("a"), instance("b")));
    registry.setRedisUp(false);
    expect(registry.source()).toBe("last-known");
    registry.eject(instance("a"));
    expect(ids(registry.usable("trading"))).toEqual(["b"]);
    time.nowMs = 4999;
    expect(ids(registry.usable("trading"))).toEqual(["b"]);
    time.nowMs = 5000;
    expect(ids(registry.usable("trading"))).toEqual(["a", "b"]);
  });

  it("does not outlast the start of the process that refused", () => {
    const { registry } = start();
    registry.replace(snapshot(0, instance("a")));
    registry.eject(instance("a"));
    registry.replace(snapshot(1, instance("a", { incarnation: "second" })));
    expect(ids(registry.usable("trading"))).toEqual(["a"]);
  });
});

describe("the registry", () => {
  it("starts with the seeds and says so", () => {
    const { registry } = start(parseSeeds("trading=trading-service:8001"));
    expect(registry.source()).toBe("seed");
    expect(registry.usable("trading")).toMatchObject([{ host: "trading-service", port: 8001 }]);
    expect(registry.usable("user")).toEqual([]);
  });

  it("takes out at once who says it leaves, and nobody else", () => {
    const { registry } = start();
    const sameNameElsewhere = instance("a", { service: "user" });
    const all = snapshot(0, instance("a"), instance("b"));
    registry.replace({
      ...all,
      instances: new Map([...all.instances, ["user", [sameNameElsewhere]]]),
    });
    let changes = 0;
    registry.onChange(() => {
      changes += 1;
    });
    registry.remove("trading", "a");
    expect(ids(registry.usable("trading"))).toEqual(["b"]);
    expect(ids(registry.usable("user"))).toEqual(["a"]);
    expect(changes).toBe(1);
  });
});

describe("mergeSnapshots", () => {
  const ttlMs = 6000;
  const before = snapshot(0, instance("a"), instance("b"));
  /** Read so long after the last heartbeats of `before`. */
  const readAfter = (ms: number) => snapshot(ms, instance("b", { incarnation: "second" }));
  const idsAfter = (ms: number, holdKnown: boolean) =>
    (
      mergeSnapshots(before, readAfter(ms), { holdKnown, ttlMs }).instances.get("trading") ?? []
    ).map(({ id, incarnation }) => [id, incarnation]);

  it("takes what was read", () => {
    expect(idsAfter(6000, false)).toEqual([["b", "second"]]);
  });

  it("keeps who is missing while its last heartbeat is not too old: Redis may have been flushed", () => {
    expect(idsAfter(5999, false)).toEqual([
      ["b", "second"],
      ["a", "first"],
    ]);
  });

  it("keeps all for a while after Redis came back", () => {
    expect(idsAfter(60_000, true)).toEqual([
      ["b", "second"],
      ["a", "first"],
    ]);
  });

  it("drops the seeds at the first read", () => {
    const seeds = createRegistry({ nowMs: () => 0 }, parseSeeds("trading=x:1")).snapshot();
    const merged = mergeSnapshots(seeds, readAfter(1), { holdKnown: true, ttlMs });
    expect(ids(merged.instances.get("trading") ?? [])).toEqual(["b"]);
  });
});

describe("parseSeeds", () => {
  it("reads pairs, spaces and an empty text", () => {
    expect(parseSeeds("")).toEqual([]);
    expect(
      parseSeeds("user=u:1, nft=10.0.0.7:8005").map((s) => [s.service, s.host, s.port]),
    ).toEqual([
      ["user", "u", 1],
      ["nft", "10.0.0.7", 8005],
    ]);
  });

  it.each(["user", "user=u", "users=u:1", "user=u:port"])("refuses %s", (text) => {
    expect(() => parseSeeds(text)).toThrow(`SEED_INSTANCES has "${text}"`);
  });
});
