import { describe, expect, test } from "vitest";
import { adoptedState } from "./adopted-state.ts";
import type { LiveContainer, LiveNetwork, LiveStack } from "./live.ts";
import { knownInputs, readPlanned, type Planned } from "./planned.ts";

const unknownValue = "04da6b54-80e4-46f7-96ec-b56ff0331ba9";
const secret = {
  "4dabf18193072939515e22adb298388d": "1b47061264138c4ac30d75fd1eb44270",
  ciphertext: "[secret]",
};
const urn = (types: string, name: string) => `urn:pulumi:dev::astratrade::${types}::${name}`;
const providerUrn = urn("pulumi:providers:docker", "engine");

function plan(types: string, name: string, parent: string, inputs: object = {}): Planned {
  const type = types.slice(types.lastIndexOf("$") + 1);
  const custom = type.startsWith("docker:") || type.startsWith("pulumi:providers:");
  return {
    urn: urn(types, name),
    type,
    custom,
    parent,
    provider: type.startsWith("docker:") ? `${providerUrn}::${unknownValue}` : "",
    inputs: { ...inputs },
  };
}

const stack = plan("pulumi:pulumi:Stack", "astratrade-dev", "");
const engine = plan("pulumi:providers:docker", "engine", stack.urn, { host: "unix:///d" });
const platform = plan("astratrade:components:Platform", "platform", "");
const credentials = plan(
  "astratrade:components:Platform$astratrade:components:Credentials",
  "c",
  platform.urn,
);

const labels = (hash: string) => [
  { __defaults: [], label: "io.astratrade.config-hash", value: hash },
  { __defaults: [], label: "io.astratrade.stack", value: "dev" },
];
const prometheus = plan(
  "astratrade:components:Platform$docker:index/container:Container",
  "prometheus",
  platform.urn,
  {
    name: "prometheus",
    image: "prom:3",
    envs: [],
    labels: labels("a1"),
  },
);
const redis = plan(
  "astratrade:components:Platform$docker:index/container:Container",
  "redis",
  platform.urn,
  {
    name: "redis",
    image: "redis:7",
    envs: secret,
    labels: labels("b2"),
  },
);
const edge = plan(
  "astratrade:components:Platform$docker:index/network:Network",
  "edge",
  platform.urn,
  {
    name: "astratrade-dev-edge",
    driver: "bridge",
    internal: false,
    options: { masquerade: "false" },
    ipamConfigs: [{ __defaults: [], subnet: "10.1.0.0/26" }],
  },
);

const liveContainer = (name: string, image: string, hash: string): LiveContainer => ({
  id: `id-of-${name}`,
  name,
  image,
  imageId: `sha256:${image}`,
  labels: { "io.astratrade.config-hash": hash, "io.astratrade.stack": "dev", of: "the image" },
});
const liveEdge: LiveNetwork = {
  id: "id-of-edge",
  name: "astratrade-dev-edge",
  driver: "bridge",
  internal: false,
  subnets: ["10.1.0.0/26"],
  options: { masquerade: "false" },
};

const planned = [stack, engine, platform, credentials, edge, prometheus, redis];
function adopt(change: Partial<LiveStack> = {}) {
  const live: LiveStack = {
    containers: [
      liveContainer("prometheus", "prom:3", "a1"),
      liveContainer("redis", "redis:7", "b2"),
    ],
    networks: [liveEdge],
    imageIds: new Map([["prom:3", "sha256:prom:3"]]),
    ...change,
  };
  return adoptedState(planned, live, () => "new-id");
}

test("what is as it would be is kept, and who has secrets is replaced in its turn", () => {
  const { resources, kept, replaced } = adopt();
  expect(kept).toEqual(["astratrade-dev-edge", "prometheus"]);
  expect(replaced).toEqual(["redis"]);
  expect(resources).toEqual([
    { urn: stack.urn, type: "pulumi:pulumi:Stack", custom: false },
    {
      urn: providerUrn,
      type: "pulumi:providers:docker",
      custom: true,
      parent: stack.urn,
      id: "new-id",
      inputs: { host: "unix:///d" },
      outputs: { host: "unix:///d" },
    },
    { urn: platform.urn, type: "astratrade:components:Platform", custom: false },
    {
      urn: edge.urn,
      type: "docker:index/network:Network",
      custom: true,
      parent: platform.urn,
      id: "id-of-edge",
      inputs: edge.inputs,
      outputs: { ...edge.inputs, __meta: '{"schema_version":"1"}' },
      provider: `${providerUrn}::new-id`,
    },
    {
      urn: prometheus.urn,
      type: "docker:index/container:Container",
      custom: true,
      parent: platform.urn,
      id: "id-of-prometheus",
      inputs: prometheus.inputs,
      outputs: { ...prometheus.inputs, __meta: '{"schema_version":"2"}' },
      provider: `${providerUrn}::new-id`,
    },
    expect.objectContaining({
      urn: redis.urn,
      id: "id-of-redis",
      inputs: { name: "redis", image: "redis:7", labels: redis.inputs.labels },
    }),
  ]);
});

describe("a container that differs is in the state as it runs", () => {
  test("in its configuration", () => {
    const containers = [liveContainer("prometheus", "prom:3", "other")];
    const { resources, replaced } = adopt({ containers });
    expect(replaced).toEqual(["prometheus"]);
    expect(resources.at(-1)).toMatchObject({
      inputs: {
        image: "prom:3",
        labels: [
          { label: "io.astratrade.config-hash", value: "other" },
          { label: "io.astratrade.stack", value: "dev" },
        ],
      },
    });
  });

  test("in its image, also behind the same tag", () => {
    const containers = [
      { ...liveContainer("prometheus", "sha256:old", "a1"), imageId: "sha256:old" },
    ];
    const { resources, replaced } = adopt({ containers });
    expect(replaced).toEqual(["prometheus"]);
    expect(resources.at(-1)).toMatchObject({ inputs: { image: "sha256:old" } });
  });
});

test.each([
  ["another range", { subnets: ["10.2.0.0/26"] }],
  ["another driver", { driver: "macvlan" }],
  ["internal", { internal: true }],
  ["another option", { options: { masquerade: "true" } }],
  ["an option more", { options: { masquerade: "false", mtu: "1400" } }],
])("a network with %s is left out", (_name, change) => {
  const { resources, kept } = adopt({ networks: [{ ...liveEdge, ...change }] });
  expect(kept).toEqual(["prometheus"]);
  expect(JSON.stringify(resources)).not.toContain("id-of-edge");
});

test("what nothing asks for is left out", () => {
  const { resources } = adopt({ containers: [liveContainer("nft-2", "x", "y")], networks: [] });
  expect(resources).toEqual([]);
});

test("inputs that a preview cannot tell are left out", () => {
  expect(
    knownInputs({
      name: "a",
      image: unknownValue,
      envs: secret,
      nets: [{ name: unknownValue }],
      n: null,
    }),
  ).toEqual({ name: "a", n: null });
});

test("reads what a preview registers, and nothing else", () => {
  const line = (op: string) =>
    JSON.stringify({
      resourcePreEvent: { metadata: { op, new: { urn: "u", type: "t", inputs: null } } },
    });
  expect(readPlanned(line("create"))).toEqual({
    urn: "u",
    type: "t",
    custom: false,
    parent: "",
    provider: "",
    inputs: {},
  });
  expect(readPlanned(line("same"))).toBeNull();
  expect(readPlanned('{"resourcePreEvent": ')).toBeNull();
  expect(readPlanned("warning")).toBeNull();
});
