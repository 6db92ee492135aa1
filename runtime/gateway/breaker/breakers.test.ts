import { expect, test } from "vitest";
import type { Outcome } from "../stage.ts";
import { createRegistry, type Instance } from "../registry.ts";
import type { ServiceName } from "../../../catalog/services.ts";
import { type BreakerChange, createBreakers } from "./breakers.ts";

const random = { hex: () => "", fraction: () => 0 };

function instance(id: string, overrides: Partial<Instance> = {}): Instance {
  return {
    service: "trading",
    id,
    host: `${id}-host`,
    port: 8001,
    incarnation: "first",
    release: null,
    startedAtMs: null,
    heartbeatMs: 1_000_000,
    ...overrides,
  };
}

function world() {
  let nowMs = 1_000_000;
  const clock = { nowMs: () => nowMs };
  const registry = createRegistry(clock, []);
  registry.setRedisUp(true);
  const breakers = createBreakers({ registry, clock, random });
  const changes: BreakerChange[] = [];
  breakers.onChange((change) => changes.push(change));
  return {
    registry,
    breakers,
    changes,
    pass: (ms: number) => void (nowMs += ms),
    register: (...list: Instance[]) => {
      registry.replace({
        source: "redis",
        instances: new Map<ServiceName, Instance[]>([["trading", list]]),
        readAtMs: nowMs,
        redisNowMs: nowMs,
      });
    },
    /** As a request would: the instance's breaker first, then its service's. */
    call: (one: Instance, outcome: Outcome, count = 1) => {
      for (let made = 0; made < count; made += 1) {
        const service = breakers.ofService("trading").tryAcquire();
        breakers.ofInstance(one).tryAcquire()?.end(outcome, 10);
        service?.end(outcome, 10);
      }
    },
    stateOf: (one: Instance) => breakers.ofInstance(one).view().state,
    service: () => breakers.ofService("trading").view(),
  };
}

const [a, b, c, d] = [instance("a"), instance("b"), instance("c"), instance("d")];

test("of several instances the bad ones are left out, but never more than half, and never the last", () => {
  const { breakers, register, call } = world();
  register(a, b, c, d);
  const all = [a, b, c, d];
  expect(breakers.usable(all)).toBe(all);
  call(a, "failure", 10);
  expect(breakers.usable(all)).toEqual([b, c, d]);
  expect(breakers.usable([a, b])).toEqual([b]);
  expect(breakers.usable([a])).toEqual([a]);
  breakers.ofInstance(b).force("open", 60_000);
  expect(breakers.usable(all)).toEqual([c, d]);
  breakers.ofInstance(c).force("open", 60_000);
  expect(breakers.usable(all)).toEqual([d, a]);
  expect(breakers.usable([a, b, c])).toEqual([a, b]);
});

test("an instance that is tried again gets three requests at once, the others go elsewhere", () => {
  const { breakers, register, call, pass } = world();
  register(a, b);
  call(a, "failure", 10);
  pass(500);
  expect(breakers.usable([a, b])).toEqual([a, b]);
  for (let count = 0; count < 3; count += 1) breakers.ofInstance(a).tryAcquire();
  expect(breakers.usable([a, b])).toEqual([b]);
});

test("a service stays closed while one of its instances does well, and opens when none does", () => {
  const { register, call, service, stateOf } = world();
  register(a, b);
  call(a, "failure", 30);
  call(b, "success", 5);
  expect([stateOf(a), stateOf(b), service().state]).toEqual(["open", "closed", "closed"]);
  call(b, "failure", 5);
  expect([stateOf(b), service().state]).toEqual(["open", "open"]);
});

test("a service of one instance opens with it", () => {
  const { register, call, service, changes } = world();
  register(a);
  call(a, "failure", 10);
  expect(service()).toMatchObject({ state: "open", reason: "10 of the last 10 calls failed" });
  expect(
    changes.map(({ service: name, instance: id, to, reason }) => [name, id, to, reason]),
  ).toEqual([
    ["trading", null, "closed", "instance_back"],
    ["trading", "a", "open", "failure_rate"],
    ["trading", null, "open", "failure_rate"],
  ]);
});

test("nobody there is an open breaker that says so", () => {
  const { register, registry, service, pass, changes } = world();
  expect(service()).toMatchObject({ state: "open", reason: "no instance of it is registered" });
  register(a, b);
  expect(service().state).toBe("closed");
  registry.eject(a);
  expect(service().state).toBe("closed");
  registry.eject(b);
  expect(service()).toMatchObject({
    state: "open",
    reason: "it refuses connections at a-host:8001, b-host:8001",
  });
  register();
  expect(service().reason).toBe("no instance of it is registered");
  expect(changes.map(({ to, reason }) => `${to}: ${reason}`)).toEqual([
    "closed: instance_back",
    "open: refused",
  ]);

  // Without Redis no heartbeat is seen, and an instance is tried again after a time: nobody has to ask.
  register(a);
  registry.setRedisUp(false);
  registry.eject(a);
  expect(service().state).toBe("open");
  pass(60_000);
  expect(service().state).toBe("closed");
});

test("the breaker of an instance ends with it; a next start has a new one, which the service tries at once", () => {
  const { breakers, register, call, service, stateOf, changes } = world();
  register(a);
  const before = breakers.ofInstance(a);
  call(a, "failure", 10);
  const again = { ...a, incarnation: "second" };
  register(again);
  expect(breakers.ofInstance(again)).not.toBe(before);
  expect([stateOf(again), service().state]).toEqual(["closed", "half_open"]);
  expect(changes.at(-1)).toMatchObject({ to: "half_open", reason: "instance_back" });
  // The registry makes new objects at each read: the breaker is the same.
  expect(breakers.ofInstance({ ...again })).toBe(breakers.ofInstance(again));
  // A request that is still under way to the old one finds what it began with.
  expect(breakers.ofInstance(a)).toBe(before);
});

test("what the gateway's own checks find moves both levels", () => {
  const { breakers, register, registry, call, pass, service, stateOf } = world();
  register(a, b);
  expect([a, b].map((one) => breakers.isInDoubt(one))).toEqual([false, false]);
  call(a, "failure", 10);
  call(b, "failure", 10);
  expect([a, b].map((one) => breakers.isInDoubt(one))).toEqual([true, true]);
  breakers.hearAway(a, 2000, false);
  breakers.hearAway(b, 2000, true);
  pass(1000);
  breakers.tick();
  expect([stateOf(a), stateOf(b), service().state]).toEqual(["open", "open", "open"]);
  breakers.hearReady(a);
  expect([stateOf(a), stateOf(b), service().state]).toEqual(["half_open", "open", "half_open"]);

  registry.eject(b);
  expect(registry.isEjected(b)).toBe(true);
  breakers.hearReady(b);
  expect([registry.isEjected(b), stateOf(b)]).toEqual([false, "half_open"]);
});
