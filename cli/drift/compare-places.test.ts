import { expect, test } from "vitest";
import { compareNetwork, missingNetwork } from "./compare-network.ts";
import { compareVolume, missingVolume } from "./compare-volume.ts";
import type { DeployedNetwork, DeployedVolume } from "./deployed.ts";
import { parseNetwork, parseVolume } from "./live.ts";

const labels = [
  { label: "io.astratrade.project", value: "astratrade" },
  { label: "io.astratrade.release", value: "0.1.0" },
  { label: "io.astratrade.stack", value: "dev" },
];
const liveLabels = { "io.astratrade.project": "astratrade", "io.astratrade.stack": "dev" };

const edge: DeployedNetwork = {
  urn: "urn:edge",
  id: "c7f26ff6b9fd00",
  inputs: {
    name: "astratrade-dev-edge",
    driver: "bridge",
    internal: false,
    ipamConfigs: [{ subnet: "10.1.0.0/26" }],
    options: { "com.docker.network.bridge.enable_ip_masquerade": "false" },
    labels,
  },
  outputs: { options: { "com.docker.network.enable_ipv4": "true" } },
};

const liveEdge = {
  Id: "c7f26ff6b9fd00",
  Name: "astratrade-dev-edge",
  Driver: "bridge",
  Internal: false,
  Attachable: false,
  EnableIPv6: false,
  // The engine fills in the gateway, and an option of its own.
  IPAM: { Config: [{ Subnet: "10.1.0.0/26", Gateway: "10.1.0.1" }] },
  Options: {
    "com.docker.network.bridge.enable_ip_masquerade": "false",
    "com.docker.network.enable_ipv4": "true",
  } as Record<string, string>,
  Labels: { ...liveLabels, "io.astratrade.release": "0.0.9" } as Record<string, string>,
  Containers: { aaa: { Name: "api-gateway" } } as Record<string, { Name: string }>,
};

const members = new Set(["aaa", "redis"]);
const network = (change: object) =>
  compareNetwork(edge, parseNetwork({ ...liveEdge, ...change }), members);

test("a network as it was made, of an earlier release, has no drift", () => {
  expect(network({})).toEqual([]);
  expect(network({ Containers: { bbb: { Name: "redis" } } })).toEqual([]);
  expect(network({ Containers: null })).toEqual([]);
});

test.each([
  ["internal", { Internal: true }, "false", "true", "replace"],
  ["driver", { Driver: "macvlan" }, "bridge", "macvlan", "replace"],
  ["attachable", { Attachable: true }, "false", "true", "replace"],
  ["ipv6", { EnableIPv6: true }, "false", "true", "replace"],
  [
    "subnet",
    { IPAM: { Config: [{ Subnet: "10.9.0.0/26" }] } },
    "10.1.0.0/26",
    "10.9.0.0/26",
    "replace",
  ],
  ["option.mtu", { Options: { ...liveEdge.Options, mtu: "9" } }, "(none)", "9", "replace"],
  [
    "label.io.astratrade.stack",
    { Labels: { ...liveLabels, "io.astratrade.stack": "x" } },
    "dev",
    "x",
    "none",
  ],
  [
    "member stranger",
    { Containers: { ccc: { Name: "stranger" } } },
    "(none)",
    "connected, not of this stack",
    "disconnect",
  ],
])("%s is found and named", (property, change, expected, actual, mend) => {
  expect(network(change)).toMatchObject([
    { kind: "network", name: "astratrade-dev-edge", property, expected, actual, mend },
  ]);
});

test("a network made by hand is told, and whose it is", () => {
  const [ours] = network({ Id: "f8358245d9d3ff" });
  expect(ours).toMatchObject({ property: "network", actual: "f8358245d9d3, made by hand" });
  expect(ours).not.toHaveProperty("byHand");
  const [foreign] = network({ Id: "f8358245d9d3ff", Labels: null });
  expect(foreign?.byHand).toContain("docker network rm astratrade-dev-edge");
  expect(missingNetwork(edge)).toMatchObject({ actual: "removed", mend: "create" });
});

const data: DeployedVolume = {
  urn: "urn:data",
  inputs: { name: "astratrade-dev-data", labels },
};
const liveData = {
  Name: "astratrade-dev-data",
  Driver: "local",
  Options: null,
  Labels: liveLabels,
};
const volume = (change: object) => compareVolume(data, parseVolume({ ...liveData, ...change }));

test("a volume is compared, and never mended", () => {
  expect(volume({})).toEqual([]);
  expect(volume({ Labels: { ...liveLabels, note: "mine" } })).toEqual([]);
  expect(volume({ Driver: "nfs" })).toMatchObject([{ property: "driver", mend: "none" }]);
  expect(volume({ Options: { type: "tmpfs" } })).toMatchObject([
    { property: "option.type", expected: "(none)", actual: "tmpfs", mend: "none" },
  ]);
  expect(volume({ Labels: null }).map(({ property }) => property)).toEqual([
    "label.io.astratrade.project",
    "label.io.astratrade.stack",
  ]);
  expect(missingVolume(data)).toMatchObject({ actual: "removed, with its data", mend: "create" });
});
