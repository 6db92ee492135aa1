import fc from "fast-check";
import { beforeAll, expect, test } from "vitest";
import { parsePin, type Blueprint } from "../topology/blueprint.ts";
import { topologyOf } from "../topology/testing.ts";
import type { Topology } from "../topology/topology.ts";
import { generateFiles } from "./generated-files.ts";
import type { PlatformArgs } from "./platform.ts";
import {
  recordRegistrations,
  runtimeImageId,
  valueOf,
  type Registration,
} from "./testing/pulumi-mocks.ts";

let registrations: Registration[];
beforeAll(async () => {
  registrations = await recordRegistrations();
});

const imageType = "docker:index/image:Image";

async function deploy(
  args: PlatformArgs,
): Promise<{ registered: Registration[]; blueprint: Blueprint }> {
  // Loaded after the recorder is in place, as Pulumi's mocks want it.
  const { Platform } = await import("./platform.ts");
  registrations.length = 0;
  const platform = new Platform("platform", args);
  await valueOf(platform.deployment);
  const blueprint = await valueOf(platform.blueprint);
  const inOrder = registrations.toSorted((a, b) =>
    `${a.type} ${a.name}` < `${b.type} ${b.name}` ? -1 : 1,
  );
  return { registered: inOrder, blueprint };
}

function deploySource(topology: Topology): ReturnType<typeof deploy> {
  const files = generateFiles(topology);
  return deploy({ topology, files, runtimeImage: { context: ".build/runtime" } });
}

function deployPinned(blueprint: Blueprint): ReturnType<typeof deploy> {
  const pinned = throughFile(blueprint);
  return deploy({ ...pinned, runtimeImage: { id: pinned.runtimeImage } });
}

/** A rollback writes the blueprint to a file, and the program reads it. */
function throughFile(blueprint: unknown): Blueprint {
  const text = JSON.stringify({ schemaVersion: 1, release: 3, blueprint });
  return parsePin(JSON.parse(text)).blueprint;
}

const settings = fc.record(
  {
    publish: fc.constantFrom("all", "entry"),
    containerPrefix: fc.constantFrom("", "a-", "blue."),
    ports: fc.record({ gateway: fc.integer({ min: 20_000, max: 30_000 }) }),
    limits: fc.record({
      redis: fc.record({ memoryMb: fc.integer({ min: 64, max: 2048 }) }),
      trading: fc.record({ cpus: fc.constantFrom(0.25, 1, 1.5) }),
    }),
    replicas: fc.record({
      trading: fc.integer({ min: 1, max: 3 }),
      gateway: fc.integer({ min: 1, max: 3 }),
    }),
    logLevel: fc.constantFrom("debug", "info"),
    networkPool: fc.constant("10.212.0.0/20"),
    scrapeIntervalSeconds: fc.integer({ min: 1, max: 300 }),
  },
  { requiredKeys: [] },
);

test("whatever the settings, a blueprint comes out of its file as it went in", () => {
  fc.assert(
    fc.property(settings, fc.constantFrom("dev", "prod"), (given, stack) => {
      const topology = topologyOf(given, { stack });
      const files = generateFiles(topology);
      const blueprint = { schemaVersion: 1, topology, files, runtimeImage: runtimeImageId };
      expect(throughFile(blueprint)).toEqual(blueprint);
      expect(generateFiles(throughFile(blueprint).topology)).toEqual(files);
    }),
    { numRuns: 50 },
  );
});

test.each([
  { stack: "dev", given: { publish: "all" } },
  {
    stack: "prod",
    given: { replicas: { trading: 2, gateway: 2 }, networkPool: "10.212.0.0/20" },
  },
])(
  "a pinned release of $stack registers what its source has registered, all but the build",
  async ({ stack, given }) => {
    const source = await deploySource(topologyOf(given, { stack }));
    const pinned = await deployPinned(source.blueprint);
    expect(pinned.registered).toEqual(source.registered.filter(({ type }) => type !== imageType));
    expect(pinned.blueprint).toEqual(source.blueprint);
  },
);

test("a pin is deployed as it stands, whatever the source would make today", async () => {
  const { blueprint } = await deploySource(topologyOf({}));
  const image = `sha256:${"2b".repeat(32)}`;
  const older: Blueprint = {
    ...blueprint,
    runtimeImage: image,
    topology: {
      ...blueprint.topology,
      release: "0.9.0",
      gateway: { ...blueprint.topology.gateway, env: { OLD: "1" }, memoryMb: 100 },
    },
    files: {
      ...blueprint.files,
      redis: [{ file: "/etc/old.conf", content: "user trading on #{{sha256:trading}}" }],
    },
  };
  const { registered } = await deployPinned(older);
  const inputs = (name: string) =>
    registered.find((it) => it.type.startsWith("docker:index/container") && it.name === name)
      ?.inputs;
  expect(registered.some(({ type }) => type === imageType)).toBe(false);
  expect(inputs("trading")?.image).toBe(image);
  expect(inputs("gateway")).toMatchObject({
    memory: 100,
    envs: ["OLD=1", "REDIS_PASSWORD=redis-gateway-password"],
  });
  expect(inputs("gateway")?.labels).toContainEqual({
    label: "io.astratrade.release",
    value: "0.9.0",
  });
  expect(inputs("redis")?.uploads).toEqual([
    {
      file: "/etc/old.conf",
      content: expect.stringMatching(/^user trading on #[0-9a-f]{64}$/) as string,
      permissions: "0444",
    },
  ]);
});

test("a blueprint has every generated file, and no secret", async () => {
  const { blueprint } = await deploySource(topologyOf({}));
  expect(Object.keys(blueprint.files)).toEqual(["redis", "prometheus", "grafana"]);
  expect(blueprint.runtimeImage).toBe(runtimeImageId);
  const text = JSON.stringify(blueprint);
  expect(text).toContain("user trading on #{{sha256:trading}} ");
  expect(text).not.toContain("-password");
  expect(text).not.toMatch(/on #[0-9a-f]{64}/);
});
