import { beforeAll, expect, test } from "vitest";
import type { Deployment } from "../catalog/deployment.ts";
import { topologyOf } from "../topology/testing.ts";
import { generateFiles } from "./generated-files.ts";
import {
  recordRegistrations,
  runtimeImageId,
  valueOf,
  type Registration,
} from "./testing/pulumi-mocks.ts";

let registrations: Registration[];
let deployment: Deployment;

beforeAll(async () => {
  registrations = await recordRegistrations();
  // Loaded after the recorder is in place, as Pulumi's mocks want it.
  const { Platform } = await import("./platform.ts");
  const topology = topologyOf({ publish: "all" });
  const platform = new Platform("platform", {
    topology,
    files: generateFiles(topology),
    runtimeImage: { context: ".build/runtime" },
  });
  deployment = await valueOf(platform.deployment);
});

function ofType(type: string): Registration[] {
  return registrations.filter((it) => it.type === type);
}

function container(name: string): Readonly<Record<string, unknown>> {
  const found = ofType("docker:index/container:Container").find((it) => it.name === name);
  if (found === undefined) throw new Error(`${name} was not registered`);
  return found.inputs;
}

const labelsOf = (service: string) => [
  { label: "io.astratrade.config-hash", value: expect.stringMatching(/^[0-9a-f]{16}$/) as string },
  { label: "io.astratrade.project", value: "astratrade" },
  { label: "io.astratrade.release", value: "1.2.3" },
  { label: "io.astratrade.service", value: service },
  { label: "io.astratrade.stack", value: "dev" },
];

const recipe = {
  restart: "unless-stopped",
  init: true,
  capabilities: { drops: ["ALL"] },
  securityOpts: ["no-new-privileges:true"],
  memory: 512,
  memorySwap: 512,
  cpus: "0.5",
  wait: true,
  waitTimeout: 90,
  logDriver: "json-file",
  logOpts: { "max-file": "3", "max-size": "10m" },
};

test("the whole list of resources", () => {
  expect(
    registrations.map(({ type, name }) => `${type.replace(/^.*:/, "")} ${name}`).sort(),
  ).toEqual(
    [
      ...["Platform platform", "Credentials credentials", "Networks networks", "Volumes volumes"],
      ...["RuntimeImage runtime", "Image runtime", "Redis redis", "Monitoring monitoring"],
      ...["gateway", "user", "trading", "gamification", "social", "nft", "financial"].flatMap(
        (name) => [
          `RandomPassword redis-${name}`,
          `RuntimeContainer ${name}`,
          `Container ${name}`,
          `Container ${name}`,
        ],
      ),
      "RandomPassword redis-default",
      ...["redis", "prometheus", "grafana"].flatMap((name) => [
        `Container ${name}`,
        `Container ${name}`,
      ]),
      ...[
        "edge",
        "monitoring",
        "user",
        "trading",
        "gamification",
        "social",
        "nft",
        "financial",
      ].map((name) => `Network ${name}`),
      ...["redis-data", "prometheus-data"].map((name) => `Volume ${name}`),
    ].sort(),
  );
});

test("a service: exact inputs", () => {
  expect(container("trading")).toEqual({
    ...recipe,
    name: "trading-service",
    image: runtimeImageId,
    user: "1000:1000",
    readOnly: true,
    mounts: [{ type: "tmpfs", target: "/tmp", tmpfsOptions: { sizeBytes: 67108864 } }],
    envs: [
      "ADVERTISED_HOST=trading-service",
      "AUTH_MODE=header",
      "INSTANCE_ID=trading-service",
      "LOG_LEVEL=info",
      "PORT=8001",
      "REDIS_HOST=redis",
      "REDIS_PASSWORD=redis-trading-password",
      "REDIS_PORT=6379",
      "REDIS_USERNAME=trading",
      "RELEASE=1.2.3",
      "SERVICE_NAME=trading",
      "STACK=dev",
      "TRACE_SAMPLE_RATIO=0.1",
    ],
    networksAdvanced: [
      { name: "astratrade-dev-trading", aliases: ["trading-service"] },
      { name: "astratrade-dev-user", aliases: ["trading-service"] },
    ],
    ports: [{ internal: 8001, external: 8001, ip: "127.0.0.1", protocol: "tcp" }],
    healthcheck: {
      tests: ["CMD", "bash", "-c", expect.stringContaining("/dev/tcp/127.0.0.1/8001") as string],
      interval: "3s",
      timeout: "3s",
      startPeriod: "30s",
      retries: 5,
    },
    stopTimeout: 15,
    destroyGraceSeconds: 15,
    labels: labelsOf("trading"),
  });
});

test("the gateway knows where to look while Redis has never been reached", () => {
  expect(container("gateway").envs).toContain(
    "SEED_INSTANCES=user=user-service:8004,trading=trading-service:8001," +
      "gamification=gamification-service:8002,social=social-service:8003,nft=nft-service:8005," +
      "financial=financial-service:8006",
  );
});

test("the gateway's admin port has its name in the monitoring network and in no other", () => {
  const networks = container("gateway").networksAdvanced as { name: string; aliases: string[] }[];
  expect(networks).toEqual(
    ["edge", "financial", "gamification", "monitoring", "nft", "social", "trading", "user"].map(
      (key) => ({
        name: `astratrade-dev-${key}`,
        aliases: ["api-gateway", ...(key === "monitoring" ? ["api-gateway-admin"] : [])],
      }),
    ),
  );
});

test("redis: its users with hashed passwords, its data in the volume, no password in the clear", () => {
  const inputs = container("redis");
  expect(inputs).toMatchObject({
    ...recipe,
    name: "redis",
    image: "redis:7.2-alpine",
    command: ["redis-server", "/usr/local/etc/redis/redis.conf"],
    user: "999:1000",
    readOnly: false,
    volumes: [{ volumeName: "astratrade-dev-redis-data", containerPath: "/data" }],
    stopTimeout: 30,
    destroyGraceSeconds: 30,
    labels: labelsOf("redis"),
  });
  const text = JSON.stringify(inputs);
  expect(text).toContain("appendonly yes");
  expect(text).toMatch(/user default on #[0-9a-f]{64} resetkeys ~\* resetchannels -@all/);
  expect(text).toMatch(/user trading on #[0-9a-f]{64} /);
  expect(inputs.envs).toEqual(["REDISCLI_AUTH=redis-default-password"]);
  expect(JSON.stringify(inputs.uploads)).not.toContain("-password");
});

test("prometheus and grafana: configuration by upload, as their own users", () => {
  expect(container("prometheus")).toMatchObject({
    ...recipe,
    image: "prom/prometheus:v3.5.0",
    user: "65534:65534",
    uploads: [{ file: "/etc/prometheus/prometheus.yml", permissions: "0444" }],
  });
  expect(container("grafana")).toMatchObject({ ...recipe, user: "472:0" });
});

test("the image is built from the bundled code, and pushed nowhere", () => {
  expect(ofType("docker:index/image:Image")[0]?.inputs).toMatchObject({
    imageName: "astratrade/runtime:dev",
    build: {
      context: ".build/runtime",
      dockerfile: ".build/runtime/Dockerfile",
      args: { BASE_IMAGE: "node:24-bookworm-slim" },
    },
    skipPush: true,
  });
});

test("the deployment says what runs, and nothing secret", () => {
  expect(deployment.containers.map(({ name, image }) => `${name} ${image}`)).toEqual([
    "redis redis:7.2-alpine",
    `user-service ${runtimeImageId}`,
    `trading-service ${runtimeImageId}`,
    `gamification-service ${runtimeImageId}`,
    `social-service ${runtimeImageId}`,
    `nft-service ${runtimeImageId}`,
    `financial-service ${runtimeImageId}`,
    `api-gateway ${runtimeImageId}`,
    "prometheus prom/prometheus:v3.5.0",
    "grafana grafana/grafana:12.1.1",
  ]);
  expect(deployment).toMatchObject({
    gatewayUrl: "http://127.0.0.1:8000",
    prometheusUrl: "http://127.0.0.1:9090",
    grafanaUrl: "http://127.0.0.1:3000",
    volumes: [
      { name: "astratrade-dev-redis-data", usedBy: "redis" },
      { name: "astratrade-dev-prometheus-data", usedBy: "prometheus" },
    ],
  });
  expect(JSON.stringify(deployment)).not.toMatch(/password/i);
});
