import { readFileSync } from "node:fs";
import { join } from "node:path";
import { MockMonitor } from "@pulumi/pulumi/runtime/mocks.js";
import { beforeAll, describe, expect, test, vi } from "vitest";
import { parse } from "yaml";
import { defaultMachineFacts } from "../topology/machine-facts.ts";
import {
  checkResources,
  describeViolation,
  policies,
  type PolicyContext,
  type PolicyResource,
} from "../topology/policies/index.ts";
import { containerType, volumeType } from "../topology/policies/policy.ts";
import { parseStackConfig } from "../topology/stack-config.ts";
import { topologyOf } from "../topology/testing.ts";
import { generateFiles } from "./generated-files.ts";
import { mutations } from "./testing/policy-mutations.ts";
import { recordRegistrations, type Registration } from "./testing/pulumi-mocks.ts";

let registrations: Registration[];
/** Names of the resources that stay on the engine when they are deleted. */
let retained: Set<string>;

beforeAll(async () => {
  registrations = await recordRegistrations();
  retained = new Set();
  // The recorder is told inputs only; options stand in the request that it is made from.
  const original = Reflect.get(MockMonitor.prototype, "registerResource");
  vi.spyOn(MockMonitor.prototype, "registerResource").mockImplementation(function (
    this: MockMonitor,
    request: { getName(): string; getRetainondelete(): boolean },
    callback,
  ) {
    if (request.getRetainondelete()) retained.add(request.getName());
    return original.call(this, request, callback);
  });
});

interface Case {
  readonly stack: string;
  readonly swapLimit: boolean;
}

/** Everything that the platform registers with the settings of a stack file. */
async function registered({ stack, swapLimit }: Case): Promise<{
  resources: PolicyResource[];
  context: PolicyContext;
}> {
  const settings = settingsOf(stack);
  const facts = { engine: { ...defaultMachineFacts().engine, swapLimit } };
  const topology = topologyOf(settings, { stack, facts });
  // Loaded after the recorder is in place, as Pulumi's mocks want it.
  const { Platform } = await import("./platform.ts");
  const { valueOf } = await import("./testing/pulumi-mocks.ts");
  registrations.length = 0;
  const platform = new Platform("platform", {
    topology,
    files: generateFiles(topology),
    runtimeImage: { context: ".build/runtime" },
  });
  await valueOf(platform.deployment);
  const { bindAddress, publish } = parseStackConfig(settings, stack);
  return {
    resources: registrations.map((it) => ({ ...it, retainOnDelete: retained.has(it.name) })),
    context: { stack, bindAddress, publish, swapLimit },
  };
}

function settingsOf(stack: string): Record<string, unknown> {
  const text = readFileSync(join(import.meta.dirname, "..", `Pulumi.${stack}.yaml`), "utf8");
  const { config } = parse(text) as { config: Record<string, unknown> };
  return Object.fromEntries(
    Object.entries(config).map(([key, value]) => [key.replace("astratrade:", ""), value]),
  );
}

test.each<Case>([
  { stack: "dev", swapLimit: true },
  { stack: "staging", swapLimit: true },
  { stack: "prod", swapLimit: true },
  { stack: "dev", swapLimit: false },
])(
  "everything that is registered for $stack keeps to the policies (swap limit: $swapLimit)",
  async (it) => {
    const { resources, context } = await registered(it);
    expect(resources.filter(({ type }) => type === containerType).length).toBeGreaterThan(9);
    expect(resources.filter(({ type }) => type === volumeType).length).toBe(2);
    expect(checkResources(resources, context).map(describeViolation)).toEqual([]);
  },
);

describe("one changed input is one violation", () => {
  let resources: PolicyResource[];
  let context: PolicyContext;
  beforeAll(async () => {
    ({ resources, context } = await registered({ stack: "staging", swapLimit: true }));
  });

  test.each(mutations)("$policy: $type $of $change", (mutation) => {
    const { policy, type = containerType, of = "trading", change = {}, retainOnDelete } = mutation;
    const changed = resources.map((it) =>
      it.name === of && it.type === type
        ? {
            ...it,
            inputs: { ...it.inputs, ...change },
            retainOnDelete: retainOnDelete ?? it.retainOnDelete,
          }
        : it,
    );
    expect(
      checkResources(changed, context).map((it) => ({ policy: it.policy, resource: it.resource })),
    ).toEqual([{ policy, resource: of }]);
  });

  test("every policy has one", () => {
    const ids = (list: readonly string[]) => [...new Set(list)].sort();
    expect(ids(mutations.map(({ policy }) => policy))).toEqual(ids(policies.map(({ id }) => id)));
  });
});
