import { describe, expect, test } from "vitest";
import { topologyOf } from "../testing.ts";
import { checkResources, describeViolation, type PolicyContext } from "./index.ts";
import { containerType } from "./policy.ts";
import { publishedBy } from "./published.ts";

const context: PolicyContext = {
  stack: "prod",
  bindAddress: "10.0.0.5",
  publish: "entry",
  swapLimit: true,
};

const labelled = (service: string) => [
  { label: "io.astratrade.service", value: service },
  { label: "io.astratrade.project", value: "astratrade" },
  { label: "io.astratrade.stack", value: "prod" },
  { label: "io.astratrade.release", value: "1.2.3" },
  { label: "io.astratrade.config-hash", value: "0123456789abcdef" },
];

/** A container that keeps to every policy. */
const good = {
  image: `sha256:${"ab".repeat(32)}`,
  memory: 512,
  memorySwap: 512,
  cpus: "0.5",
  restart: "unless-stopped",
  user: "1000:1000",
  capabilities: { drops: ["ALL"] },
  securityOpts: ["no-new-privileges:true"],
  healthcheck: { tests: ["CMD", "true"] },
  wait: true,
  stopTimeout: 15,
  destroyGraceSeconds: 15,
  logDriver: "json-file",
  logOpts: { "max-size": "10m", "max-file": "3" },
  labels: labelled("trading"),
};

function violationsOf(change: Readonly<Record<string, unknown>>, of: Partial<PolicyContext> = {}) {
  return checkResources(
    [
      {
        type: containerType,
        name: "c",
        inputs: { ...good, ...change },
        retainOnDelete: false,
      },
    ],
    { ...context, ...of },
  ).map(describeViolation);
}

test("a container that keeps to all of them", () => {
  expect(violationsOf({})).toEqual([]);
});

test("all violations at once, each with value, what is allowed and the way out", () => {
  expect(
    violationsOf({
      memory: undefined,
      image: "redis",
      labels: labelled("redis"),
      ports: [{ internal: 6379, external: 16379, ip: "0.0.0.0" }],
    }),
  ).toEqual([
    "memory-limit: c has memory not set; allowed: a limit in MiB, above 0. " +
      "Set astratrade:limits for it, or mend its limits in the catalogue.",
    'published-address: c has ip of port 6379 "0.0.0.0"; allowed: 10.0.0.5, the stack\'s bindAddress; ' +
      "not set means every address of the host. " +
      "Set astratrade:bindAddress to the address that ports shall be published on.",
    "published-port: c has ports [16379]; allowed: none: the stack publishes the entry point's port only. " +
      "Set astratrade:publish to `all`, or take the ports out of its plan.",
    'pinned-image: c has image "redis"; allowed: a tag that is not `latest`, a digest, or an image id. ' +
      "Set astratrade:images for it to a reference with a version or a digest.",
  ]);
});

describe("what a preview cannot know yet is no violation", () => {
  const unknown = "04da6b54-80e4-46f7-96ec-b56ff0331ba9";
  const secret = {
    "4dabf18193072939515e22adb298388d": "1b47061264138c4ac30d75fd1eb44270",
    ciphertext: "[secret]",
  };
  test.each([
    ["the id of an image that is still to be built", { image: unknown }],
    ["a volume that is still to be made", { volumes: [{ volumeName: unknown }] }],
    ["a secret", { securityOpts: secret }],
  ])("%s", (_what, change) => {
    expect(violationsOf(change)).toEqual([]);
  });
});

test.each([
  ["redis:7.2-alpine", true],
  ["registry.internal:5000/redis:7.2", true],
  [`redis@sha256:${"cd".repeat(32)}`, true],
  [`redis:latest@sha256:${"cd".repeat(32)}`, true],
  [`sha256:${"cd".repeat(32)}`, true],
  ["redis", false],
  ["redis:latest", false],
  ["redis:", false],
  ["registry.internal:5000/redis", false],
  ["redis@sha256:cd", false],
  ["", false],
  [undefined, false],
])("image %s is pinned: %s", (image, isPinned) => {
  expect(violationsOf({ image, labels: labelled("redis") }).length).toBe(isPinned ? 0 : 1);
});

test.each([
  ["1000", true],
  ["999:0", true],
  ["node", true],
  ["0", false],
  ["00:1000", false],
  ["root:root", false],
  ["", false],
  [":1000", false],
])("user %j is allowed: %s", (user, isAllowed) => {
  expect(violationsOf({ user }).length).toBe(isAllowed ? 0 : 1);
});

test("no swap limit is allowed where the engine has none, and only there", () => {
  expect(violationsOf({ memorySwap: -1 }, { swapLimit: false })).toEqual([]);
  expect(violationsOf({ memorySwap: 1024 }, { swapLimit: false }).length).toBe(1);
});

test("what a recorded topology has published is what its rollback may publish", () => {
  expect(publishedBy(topologyOf({ publish: "all", bindAddress: "10.0.0.5" }))).toEqual({
    publish: "all",
    bindAddress: "10.0.0.5",
  });
  expect(publishedBy(topologyOf({}))).toEqual({ publish: "entry", bindAddress: "127.0.0.1" });
});
