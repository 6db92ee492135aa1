import { expect, test } from "vitest";
import { parseRuntimeEnv, runtimeEnvSchema } from "../catalog/runtime-env.ts";
import { services } from "../catalog/services.ts";
import { containersOf, membersOf, startOrder } from "./build-topology.ts";
import { defaultMachineFacts } from "./machine-facts.ts";
import { ConfigError } from "./stack-config.ts";
import { topologyOf } from "./testing.ts";

test("dev has the plan's container names, and publishes every port on loopback", () => {
  const rows = containersOf(topologyOf({ publish: "all" })).map(
    ({ name, ports }) => `${name} ${ports.map((it) => `${it.ip}:${it.external}`).join()}`,
  );
  expect(rows).toEqual([
    "redis 127.0.0.1:6379",
    "user-service 127.0.0.1:8004",
    "trading-service 127.0.0.1:8001",
    "gamification-service 127.0.0.1:8002",
    "social-service 127.0.0.1:8003",
    "nft-service 127.0.0.1:8005",
    "financial-service 127.0.0.1:8006",
    "api-gateway 127.0.0.1:8000",
    "prometheus 127.0.0.1:9090",
    "grafana 127.0.0.1:3000",
  ]);
});

test("another stack has its name before each container's, and publishes the entry point only", () => {
  const topology = topologyOf({}, { stack: "prod" });
  expect(containersOf(topology).map(({ name }) => name)).toContain("prod-trading-service");
  expect(containersOf(topology).flatMap(({ ports }) => ports)).toEqual([
    { internal: 8000, external: 8000, ip: "127.0.0.1" },
  ]);
  expect(topology.networks.filter(({ internal }) => !internal).map(({ key }) => key)).toEqual([
    "edge",
  ]);
  expect(topology.gateway.env.SEED_INSTANCES).toContain("trading=prod-trading-service:8001");
});

test("who can reach whom", () => {
  const topology = topologyOf({});
  const members = Object.fromEntries(
    topology.networks.map(({ key }) => [key, membersOf(topology, key)]),
  );
  const base = ["redis", "api-gateway", "prometheus"];
  const common = (...names: string[]) => [base[0], ...names, base[1], base[2]];
  expect(members).toEqual({
    edge: ["api-gateway"],
    monitoring: ["api-gateway", "prometheus", "grafana"],
    user: common("user-service", "trading-service"),
    trading: common("trading-service"),
    gamification: common("gamification-service"),
    social: common("social-service"),
    nft: common("nft-service"),
    financial: common("financial-service"),
  });
});

test("a gateway's admin port has a name in the monitoring network only, and the gateway knows it", () => {
  const { gateway, furtherGateways, services } = topologyOf(
    { replicas: { gateway: 2 } },
    { stack: "prod" },
  );
  expect(
    [gateway, ...furtherGateways].map(({ networkAliases, env }) => [
      networkAliases,
      `${env.ADMIN_HOST}:${env.ADMIN_PORT}`,
    ]),
  ).toEqual([
    [{ monitoring: ["prod-api-gateway-1-admin"] }, "prod-api-gateway-1-admin:8100"],
    [{ monitoring: ["prod-api-gateway-2-admin"] }, "prod-api-gateway-2-admin:8100"],
  ]);
  expect(services.flatMap(({ networkAliases }) => Object.keys(networkAliases))).toEqual([]);
  expect(services.filter(({ networks }) => networks.includes("monitoring"))).toEqual([]);
});

test("what the settings say of requests reaches the gateway, and of traces everybody", () => {
  const jwt = {
    issuer: "https://id.example.com",
    audience: "astratrade",
    jwksUrl: "http://user-service:8004/jwks",
  };
  const { gateway, services, authMode } = topologyOf({
    authMode: "jwt",
    jwt,
    rateLimits: { userPerMinute: 60 },
    cors: { origins: ["https://a.example.com", "http://localhost:3001"] },
    tracing: { otlpEndpoint: "http://172.17.0.1:4318", sampleRatio: 0.5 },
  });
  const traced = { OTLP_ENDPOINT: "http://172.17.0.1:4318", TRACE_SAMPLE_RATIO: "0.5" };
  expect(authMode).toBe("jwt");
  expect(gateway.env).toMatchObject({
    ...traced,
    AUTH_MODE: "jwt",
    JWT_ISSUER: jwt.issuer,
    JWT_AUDIENCE: jwt.audience,
    JWT_JWKS_URL: jwt.jwksUrl,
    RATE_LIMIT_USER: "60",
    RATE_LIMIT_ADDRESS: "1200",
    CORS_ORIGINS: "https://a.example.com,http://localhost:3001",
  });
  for (const { env } of services) {
    expect(env).toMatchObject({ ...traced, AUTH_MODE: "jwt" });
    expect(Object.keys(env).filter((key) => /^(JWT|RATE|CORS|ADMIN)_/.test(key))).toEqual([]);
  }
});

test("every gateway variable is one that the runtime reads, and fits there", () => {
  const settings = {
    tracing: { otlpEndpoint: "http://172.17.0.1:4318" },
    cors: { origins: ["*"] },
  };
  for (const { env } of [topologyOf(settings).gateway, ...topologyOf(settings).services]) {
    expect(Object.keys(env).filter((key) => !(key in runtimeEnvSchema.shape))).toEqual([]);
    expect(() => parseRuntimeEnv({ ...env, REDIS_PASSWORD: "secret" })).not.toThrow();
  }
});

test("a service starts after user and after those it calls", () => {
  const order: readonly string[] = startOrder();
  expect(order).toHaveLength(Object.keys(services).length);
  expect(order[0]).toBe("user");
  for (const { service, startAfter } of topologyOf({}).services) {
    for (const before of startAfter) {
      expect(order.indexOf(before)).toBeLessThan(order.indexOf(service));
    }
  }
});

test("limits come from the catalogue, the stack can change them, and no container may swap", () => {
  const { redis, gateway } = topologyOf({ limits: { redis: { memoryMb: 256 } } });
  expect([redis.memoryMb, redis.memorySwapMb, redis.cpus]).toEqual([256, 256, "0.5"]);
  expect([gateway.memoryMb, gateway.memorySwapMb, gateway.cpus]).toEqual([512, 512, "0.5"]);
});

test("an engine without swap limit is not asked for one", () => {
  const { engine } = defaultMachineFacts();
  const { redis } = topologyOf({}, { facts: { engine: { ...engine, swapLimit: false } } });
  expect(redis.memorySwapMb).toBe(-1);
});

test("an engine with start intervals checks seldom once a container has started", () => {
  const { engine } = defaultMachineFacts();
  const timing = (apiVersion: string) => {
    const { redis } = topologyOf({}, { facts: { engine: { ...engine, apiVersion } } });
    return [redis.healthcheck.intervalSeconds, redis.healthcheck.startIntervalMs];
  };
  expect([timing("1.41"), timing("1.43"), timing("1.44"), timing("2.0")]).toEqual([
    [3, null],
    [3, null],
    [10, 500],
    [10, 500],
  ]);
});

test("a part whose image cannot be had is left out, with the reason", () => {
  const { images } = defaultMachineFacts();
  const reason = "The image exists in registries only, and none can be reached.";
  const facts = { images: { ...images, grafana: { kind: "unavailable" as const, reason } } };
  const topology = topologyOf({}, { facts });
  expect(topology.grafana).toBeNull();
  expect(topology.notAvailable).toEqual([{ part: "grafana", reason }]);
});

test("what cannot be built is refused, every problem at once", () => {
  const { images } = defaultMachineFacts();
  const facts = {
    images: { ...images, redis: { kind: "unavailable" as const, reason: "no registry" } },
  };
  const build = () =>
    topologyOf({ publish: "all", ports: { trading: 8004, nft: 8000 } }, { facts });
  expect(build).toThrow(
    new ConfigError('Stack "dev" cannot be built:', [
      "the redis image cannot be had (no registry); set astratrade:images.redis to one that can",
      "host port 8004 is asked for by user and by trading; set astratrade:ports.trading to another",
      "host port 8000 is asked for by nft and by gateway; set astratrade:ports.gateway to another",
    ]),
  );
});
