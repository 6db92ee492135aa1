import { z } from "zod";
import { containerType, networkType } from "../../../topology/policies/policy.ts";
import type { LiveContainer, LiveNetwork, LiveStack } from "./live.ts";
import { knownInputs, type Planned } from "./planned.ts";

export interface AdoptedState {
  /** Resources in the form of `pulumi stack export`, parents first. */
  readonly resources: readonly object[];
  /** Names on the engine of what stays as it is. */
  readonly kept: readonly string[];
  /** Names of containers that the deploy replaces, each when its turn comes. */
  readonly replaced: readonly string[];
}

/** Versions of the official provider's schemas, without which it would take the state for one of another age. */
const schemaVersions: Readonly<Record<string, string>> = {
  [containerType]: "2",
  [networkType]: "1",
};

/**
 * Makes a state out of what the program asks for and what runs. A network is taken over when it is as it would be made. A
 * container is taken over whole when its labels, with the hash of its configuration, and its image are what is asked for
 * and no secret goes into it. Any other is in the state as it runs, as far as that is known, so that the deploy replaces it
 * in its turn. What is left out, the repair removes. Volumes are no concern: making one that is there
 * takes it as it is.
 * @param newId makes an id for a provider
 */
export function adoptedState(
  planned: readonly Planned[],
  live: LiveStack,
  newId: () => string,
): AdoptedState {
  const found = planned
    .map((resource) => ({ resource, match: matchOf(resource, live) }))
    .filter(({ match }) => match !== null);
  const wanted = withParents(
    planned,
    found.flatMap(({ resource }) => [resource.urn, providerUrn(resource)]),
  );
  const providerIds = new Map(
    wanted
      .filter(({ type }) => type.startsWith("pulumi:providers:"))
      .map(({ urn }) => [urn, newId()]),
  );
  const matches = new Map(found.map(({ resource, match }) => [resource.urn, match]));
  return {
    resources: wanted.map((it) => describe(it, matches.get(it.urn) ?? null, providerIds)),
    kept: found.filter(({ match }) => match?.isWhole).map(({ match }) => match?.name ?? ""),
    replaced: found.filter(({ match }) => !match?.isWhole).map(({ match }) => match?.name ?? ""),
  };
}

interface Match {
  readonly id: string;
  readonly name: string;
  readonly inputs: Planned["inputs"];
  /** Nothing of it is to be different. */
  readonly isWhole: boolean;
}

function matchOf(resource: Planned, live: LiveStack): Match | null {
  const { name } = resource.inputs;
  if (resource.type === networkType) {
    const network = live.networks.find((it) => it.name === name);
    return network !== undefined && isSameNetwork(resource.inputs, network)
      ? { id: network.id, name: network.name, inputs: resource.inputs, isWhole: true }
      : null;
  }
  if (resource.type !== containerType) return null;
  const container = live.containers.find((it) => it.name === name);
  return container === undefined ? null : matchContainer(resource.inputs, container, live);
}

function matchContainer(
  inputs: Planned["inputs"],
  container: LiveContainer,
  { imageIds }: LiveStack,
): Match {
  const known = knownInputs(inputs);
  const { image } = known;
  const hasImage =
    typeof image === "string" &&
    (container.image === image || container.imageId === (imageIds.get(image) ?? image));
  const wantedLabels = labelList.safeParse(inputs.labels).data ?? [];
  // An image may bring labels of its own, which are nobody's wish.
  const labels = wantedLabels.flatMap(({ label }) => {
    const value = container.labels[label];
    return value === undefined ? [] : [{ label, value }];
  });
  const hasLabels = wantedLabels.every(({ label, value }) => container.labels[label] === value);
  return {
    id: container.id,
    name: container.name,
    inputs: {
      ...known,
      image: hasImage ? image : container.imageId,
      labels: hasLabels ? inputs.labels : labels,
    },
    isWhole: hasImage && hasLabels && Object.keys(known).length === Object.keys(inputs).length,
  };
}

const labelList = z.array(z.object({ label: z.string(), value: z.string() }));

const networkInputs = z.object({
  driver: z.string(),
  internal: z.boolean().default(false),
  options: z.record(z.string(), z.string()).default({}),
  ipamConfigs: z.array(z.object({ subnet: z.string() })).default([]),
});

function isSameNetwork(inputs: Planned["inputs"], network: LiveNetwork): boolean {
  const { data: wanted } = networkInputs.safeParse(inputs);
  if (wanted === undefined) return false;
  return (
    wanted.driver === network.driver &&
    wanted.internal === network.internal &&
    wanted.ipamConfigs.every(({ subnet }) => network.subnets.includes(subnet)) &&
    Object.entries(wanted.options).every(([key, value]) => network.options[key] === value) &&
    Object.keys(network.options).every((key) => key in wanted.options)
  );
}

/** In the order of the program, in which parents come first. */
function withParents(planned: readonly Planned[], urns: readonly string[]): Planned[] {
  const byUrn = new Map(planned.map((it) => [it.urn, it]));
  const wanted = new Set<string>();
  for (const urn of urns) {
    // A chain of parents is as long as the program is deep.
    for (
      let at = byUrn.get(urn);
      at !== undefined && !wanted.has(at.urn);
      at = byUrn.get(at.parent)
    ) {
      wanted.add(at.urn);
    }
  }
  return planned.filter(({ urn }) => wanted.has(urn));
}

function describe(
  { urn, type, custom, parent, provider, inputs }: Planned,
  match: Match | null,
  providerIds: ReadonlyMap<string, string>,
): object {
  const common = { urn, type, custom, ...(parent !== "" && { parent }) };
  if (!custom) return common;
  const ownProvider = providerIds.get(urn);
  if (ownProvider !== undefined) return { ...common, id: ownProvider, inputs, outputs: inputs };
  if (match === null) throw new Error(`${urn} is not on the engine.`);
  const of = providerUrn({ provider });
  return {
    ...common,
    id: match.id,
    inputs: match.inputs,
    outputs: {
      ...match.inputs,
      __meta: JSON.stringify({ schema_version: schemaVersions[type] ?? "0" }),
    },
    provider: `${of}::${providerIds.get(of) ?? ""}`,
  };
}

function providerUrn({ provider }: Pick<Planned, "provider">): string {
  return provider.slice(0, provider.lastIndexOf("::"));
}
