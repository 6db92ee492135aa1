import { beforeAll, expect, test } from "vitest";
import { topologyOf } from "../topology/testing.ts";
import { generateFiles } from "./generated-files.ts";
import { resourceName } from "./runtime-container.ts";
import { containersOf } from "../topology/build-topology.ts";
import type { Topology } from "../topology/topology.ts";
import { recordRegistrations, valueOf, type Registration } from "./testing/pulumi-mocks.ts";

const two = topologyOf({ publish: "all", replicas: { trading: 2, gateway: 2 } });
let registrations: Registration[];
let deployment: Awaited<ReturnType<typeof deploy>>;

beforeAll(async () => {
  registrations = await recordRegistrations();
  deployment = await deploy(two);
});

async function deploy(topology: Topology) {
  // Loaded after the recorder is in place, as Pulumi's mocks want it.
  const { Platform } = await import("./platform.ts");
  const platform = new Platform("platform", {
    topology,
    files: generateFiles(topology),
    runtimeImage: { context: ".build/runtime" },
  });
  return await valueOf(platform.deployment);
}

function container(name: string): Readonly<Record<string, unknown>> | undefined {
  return registrations.find(
    (it) => it.type === "docker:index/container:Container" && it.name === name,
  )?.inputs;
}

/** Resource name to container name, of those that requests go through. */
function resources(topology: Topology): Record<string, string> {
  const plans = containersOf(topology).filter(({ service }) =>
    ["trading", "gateway", "entry"].includes(service),
  );
  return Object.fromEntries(plans.map((plan) => [resourceName(topology, plan), plan.name]));
}

test("what publishes a port keeps its resource, so that it is replaced in place", () => {
  expect(resources(topologyOf({}))).toEqual({
    trading: "trading-service",
    gateway: "api-gateway",
  });
  expect(resources(two)).toEqual({
    trading: "trading-service-1",
    "trading-2": "trading-service-2",
    gateway: "entry",
    "gateway-1": "api-gateway-1",
    "gateway-2": "api-gateway-2",
  });
  const published = containersOf(two).filter(({ ports }) => ports.length > 0);
  const single = new Set(
    containersOf(topologyOf({})).map((it) => resourceName(topologyOf({}), it)),
  );
  for (const plan of published) expect(single).toContain(resourceName(two, plan));
});

test("the entry: HAProxy as its own user, with its configuration and no secret", () => {
  expect(container("gateway")).toMatchObject({
    name: "entry",
    image: "haproxy:3.2-alpine",
    command: ["haproxy", "-f", "/usr/local/etc/haproxy/haproxy.cfg"],
    user: "99:99",
    readOnly: false,
    capabilities: { drops: ["ALL"] },
    envs: [],
    stopSignal: "SIGUSR1",
    networksAdvanced: [{ name: "astratrade-dev-edge", aliases: ["entry"] }],
    ports: [{ internal: 8000, external: 8000, ip: "127.0.0.1", protocol: "tcp" }],
    uploads: [{ file: "/usr/local/etc/haproxy/haproxy.cfg", permissions: "0444" }],
  });
});

test("replicas are one client of Redis, found under their own name and the service's", () => {
  for (const [name, number] of [
    ["trading", 1],
    ["trading-2", 2],
  ] as const) {
    const inputs = container(name);
    expect(inputs?.name).toBe(`trading-service-${number}`);
    expect(inputs?.envs).toContain("REDIS_PASSWORD=redis-trading-password");
    expect(inputs?.networksAdvanced).toContainEqual({
      name: "astratrade-dev-trading",
      aliases: [`trading-service-${number}`, "trading-service"],
    });
  }
  expect(container("trading-2")?.ports).toEqual([]);
  expect(registrations.filter(({ name }) => /^redis-(trading|gateway)/.test(name))).toHaveLength(2);
});

test("the deployment names every instance, and the entry as the way in", () => {
  expect(deployment.gatewayUrl).toBe("http://127.0.0.1:8000");
  expect(deployment.services.map(({ name, instances }) => [name, instances])).toContainEqual([
    "trading",
    ["trading-service-1", "trading-service-2"],
  ]);
  expect(deployment.services).toHaveLength(6);
  expect(deployment.containers.map(({ name, role }) => `${role} ${name}`)).toEqual(
    expect.arrayContaining([
      "gateway api-gateway-1",
      "gateway api-gateway-2",
      "entry entry",
      "service trading-service-2",
    ]),
  );
});
