import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { parse } from "yaml";
import { containersOf } from "./build-topology.ts";
import { topologyOf } from "./testing.ts";
import type { Topology } from "./topology.ts";

const stacks = ["dev", "staging", "prod"];

function topologyOfFile(stack: string): Topology {
  const text = readFileSync(join(import.meta.dirname, "..", `Pulumi.${stack}.yaml`), "utf8");
  const { config } = parse(text) as { config: Record<string, unknown> };
  const settings = Object.entries(config).map(([key, value]) => [
    key.replace("astratrade:", ""),
    value,
  ]);
  return topologyOf(Object.fromEntries(settings) as Record<string, unknown>, { stack });
}

/** Everything that an engine has only one of. */
function claimsOf(topology: Topology): string[] {
  return [
    ...containersOf(topology).map(({ name }) => `container ${name}`),
    ...containersOf(topology).flatMap(({ ports }) =>
      ports.map(({ external }) => `host port ${external}`),
    ),
    ...topology.networks.map(({ name }) => `network ${name}`),
    ...topology.networks.flatMap(({ subnet }) => (subnet === null ? [] : [`subnet ${subnet}`])),
    ...topology.volumes.map(({ name }) => `volume ${name}`),
    `image ${topology.runtimeImageName}`,
  ];
}

test("dev, staging and prod share nothing on one engine", () => {
  const claims = stacks.flatMap((stack) => claimsOf(topologyOfFile(stack)));
  expect(claims.length).toBeGreaterThan(70);
  expect(claims.filter((claim, index) => claims.indexOf(claim) !== index)).toEqual([]);
});

test("staging and prod leave the engine's own address pools alone, and publish the entry point only", () => {
  for (const stack of ["staging", "prod"]) {
    const { networks, entry, gateway } = topologyOfFile(stack);
    expect(networks.every(({ subnet }) => subnet !== null)).toBe(true);
    const published = containersOf(topologyOfFile(stack)).filter(({ ports }) => ports.length > 0);
    expect(published).toEqual([entry ?? gateway]);
  }
});
