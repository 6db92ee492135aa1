import type Docker from "dockerode";
import type { Blueprint } from "../../topology/blueprint.ts";
import { containersOf } from "../../topology/build-topology.ts";
import type { MachineFacts } from "../../topology/machine-facts.ts";
import { isNotFound } from "../../validation/probes/not-found.ts";
import type { StackContainer } from "../engine/stack-containers.ts";
import type { BaseImage } from "./release.ts";

/** A part, and the image that the topology names for it. */
interface BaseImageUse {
  readonly part: string;
  /** Name of its container. */
  readonly container: string;
  readonly ref: string;
}

/** Parts whose containers are made from base images, in the order of the topology. */
function baseImageUses({ topology }: Pick<Blueprint, "topology">): BaseImageUse[] {
  return containersOf(topology).flatMap(({ service, name, image }) =>
    image === null ? [] : [{ part: service, container: name, ref: image }],
  );
}

/**
 * What a deploy ran on. The ids are those of the running containers: the name of an image may point to another one by
 * now. The Node base is in our own image and is noted for the reader only.
 */
export async function describeBaseImages(
  client: Docker,
  blueprint: Blueprint,
  { facts, containers }: { facts: MachineFacts; containers: readonly StackContainer[] },
): Promise<Record<string, BaseImage>> {
  const node = blueprint.topology.runtimeBaseImage;
  const parts = baseImageUses(blueprint).map(({ part, container, ref }) => {
    const imageId = containers.find(({ name }) => name === container)?.imageId;
    return [part, describe(ref, imageId ?? null, facts)] as const;
  });
  return Object.fromEntries([
    ["node", describe(node, await imageIdOf(client, node), facts)],
    ...parts,
  ]);
}

/** @returns id of the image that the engine has under a name or an id; null when it has none */
export async function imageIdOf(client: Docker, ref: string): Promise<string | null> {
  try {
    return (await client.getImage(ref).inspect()).Id;
  } catch (error) {
    if (isNotFound(error)) return null;
    throw error;
  }
}

/** Set-up knows the version of what it provided, by name or by id; of others nobody has told us. */
function describe(ref: string, imageId: string | null, { images }: MachineFacts): BaseImage {
  const fact = Object.values(images).find(
    (image) =>
      image.kind !== "unavailable" && (image.ref === ref || (image.imageId ?? "-") === imageId),
  );
  return fact === undefined || fact.kind === "unavailable"
    ? { ref, imageId, version: null, kind: "own" }
    : { ref, imageId, version: fact.version, kind: fact.kind };
}
