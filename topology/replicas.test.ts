import { expect, test } from "vitest";
import { publishedBy } from "./policies/published.ts";
import { containersOf, gatewaysOf, membersOf, servicesOf } from "./build-topology.ts";
import { defaultMachineFacts } from "./machine-facts.ts";
import { ConfigError } from "./stack-config.ts";
import { topologyOf } from "./testing.ts";

const two = { replicas: { trading: 2, gateway: 2 } };

test("one of each has the plain names, and no entry before the gateway", () => {
  const topology = topologyOf({ replicas: { trading: 1, gateway: 1 } });
  expect(topology).toEqual(topologyOf({}));
  expect(topology.entry).toBeNull();
  expect(containersOf(topology).flatMap(({ aliases }) => aliases)).toEqual([]);
});

test("two of each: names with numbers, the plain name for all of them, ports of the first and of the entry", () => {
  const topology = topologyOf({ ...two, publish: "all" });
  const rows = containersOf(topology)
    .filter(({ service }) => ["trading", "gateway", "entry"].includes(service))
    .map(({ name, replica, aliases, ports, env }) => ({
      name,
      replica,
      aliases,
      ports: ports.map(({ external, internal }) => `${external}:${internal}`),
      id: env.INSTANCE_ID,
      host: env.ADVERTISED_HOST,
      redis: env.REDIS_USERNAME,
    }));
  const own = (name: string) => ({ name, id: name, host: name });
  const none = { id: undefined, host: undefined, redis: undefined };
  expect(rows).toEqual([
    {
      ...own("trading-service-1"),
      replica: 1,
      aliases: ["trading-service"],
      ports: ["8001:8001"],
      redis: "trading",
    },
    {
      ...own("trading-service-2"),
      replica: 2,
      aliases: ["trading-service"],
      ports: [],
      redis: "trading",
    },
    {
      ...own("api-gateway-1"),
      replica: 1,
      aliases: ["api-gateway"],
      ports: [],
      redis: "gateway",
    },
    {
      ...own("api-gateway-2"),
      replica: 2,
      aliases: ["api-gateway"],
      ports: [],
      redis: "gateway",
    },
    { name: "entry", replica: 1, aliases: [], ports: ["8000:8000"], ...none },
  ]);
});

test("every gateway knows every instance before Redis was reached, and trusts the entry's word", () => {
  for (const { env } of gatewaysOf(topologyOf(two, { stack: "prod" }))) {
    expect(env.SEED_INSTANCES).toContain(
      "trading=prod-trading-service-1:8001,trading=prod-trading-service-2:8001,",
    );
    expect(env.TRUST_FORWARDED_FOR).toBe("true");
  }
  expect(topologyOf({}).gateway.env).not.toHaveProperty("TRUST_FORWARDED_FOR");
});

test("the entry reaches the gateways and Prometheus, and no service", () => {
  const topology = topologyOf(two);
  expect(membersOf(topology, "edge")).toEqual([
    "api-gateway-1",
    "api-gateway-2",
    "entry",
    "prometheus",
  ]);
  expect(topology.entry?.networks).toEqual(["edge"]);
  expect(membersOf(topology, "trading").sort()).toEqual(
    ["redis", "trading-service-1", "trading-service-2", "api-gateway-1", "api-gateway-2"]
      .concat("prometheus")
      .sort(),
  );
});

test("it publishes the gateway's port, at the stack's address, and counts as the entry point", () => {
  const topology = topologyOf({ ...two, ports: { gateway: 18000 }, bindAddress: "10.0.0.7" });
  expect(topology.entry?.ports).toEqual([{ internal: 8000, external: 18000, ip: "10.0.0.7" }]);
  expect(publishedBy(topology)).toEqual({ bindAddress: "10.0.0.7", publish: "entry" });
});

test("on another stack the plain name has its prefix too", () => {
  const plans = servicesOf(topologyOf(two, { stack: "prod" })).flat();
  expect(plans.flatMap(({ aliases }) => aliases)).toEqual([
    "prod-trading-service",
    "prod-trading-service",
  ]);
});

test("limits are each replica's own", () => {
  const topology = topologyOf({
    ...two,
    limits: { trading: { memoryMb: 300 }, entry: { memoryMb: 64 } },
  });
  expect(topology.entry?.memoryMb).toBe(64);
  const [, trading] = servicesOf(topology);
  expect(trading?.map(({ memoryMb }) => memoryMb)).toEqual([300, 300]);
});

test("without an HAProxy image several gateways are refused, and one is not", () => {
  const { images } = defaultMachineFacts();
  const haproxy = { kind: "unavailable" as const, reason: "no registry" };
  const facts = { images: { ...images, haproxy } };
  expect(topologyOf({}, { facts }).entry).toBeNull();
  expect(() => topologyOf(two, { facts })).toThrow(
    new ConfigError('Stack "dev" cannot be built:', [
      "the haproxy image cannot be had (no registry); set astratrade:images.haproxy to one that can",
    ]),
  );
});

test("a port that is asked for twice is set under the gateway's key", () => {
  expect(() => topologyOf({ ...two, publish: "all", ports: { nft: 8000 } })).toThrow(
    "host port 8000 is asked for by nft and by gateway; set astratrade:ports.gateway to another",
  );
});

test("another port for the entry is no setting: it is the gateway's", () => {
  expect(() => topologyOf({ ports: { entry: 1 } })).toThrow("astratrade:ports.entry");
});
