import { z } from "zod";
import type { Blueprint } from "../../topology/blueprint.ts";
import { containersOf } from "../../topology/build-topology.ts";
import { topologySchema } from "../../topology/topology.ts";
import { unreadableVolumes, type Opening } from "../data-formats.ts";
import { npmCommand } from "../npm-command.ts";
import type { DataVersions } from "../setup/data-versions.ts";
import { shortId } from "../words.ts";
import { blueprintOf, type Release } from "./release.ts";

/** What the engine has of the images that a release needs. */
export interface ImagesAtHand {
  /** Name or id to the id that the engine has under it; null where it has none. */
  readonly idOf: ReadonlyMap<string, string | null>;
}

export type RollbackPlan =
  | {
      readonly ok: true;
      /** What is deployed. */
      readonly blueprint: Blueprint;
      readonly openings: readonly Opening[];
      /** What the user should know, a sentence each. */
      readonly notes: readonly string[];
    }
  /** A sentence each. */
  | { readonly ok: false; readonly problems: readonly string[] };

/** Names and ids that `planRollback` wants to know of. */
export function imagesToLookUp(release: Release): string[] {
  const bases = Object.entries(release.baseImages).filter(([part]) => part !== "node");
  return [
    release.image,
    ...bases.flatMap(([, { ref, imageId }]) => (imageId === null ? [ref] : [ref, imageId])),
  ];
}

/**
 * Decides whether a release can be deployed from its record, and how. A base image whose name points to another image by
 * now is deployed by its id: the release is what it was, and the container that had the name is made anew.
 */
export function planRollback(
  release: Release,
  { idOf }: ImagesAtHand,
  dataVersions: DataVersions,
): RollbackPlan {
  const parsed = blueprintOf(release);
  const problems: string[] = [];
  const notes: string[] = [];
  const replaced = new Map<string, string>();
  if (!parsed.ok) {
    problems.push(
      `its blueprint is not one that this version of the deployer can read; use the version that recorded it ` +
        `(${release.source?.revision.slice(0, 12) ?? release.versions.platform}):\n${indent(parsed.problem)}`,
    );
  }
  if (idOf.get(release.image) == null) {
    problems.push(
      `its image ${shortId(release.image)} is not on the engine any more; load it (\`docker load\`), or check ` +
        `${release.source === null ? "its source" : `revision ${release.source.revision.slice(0, 12)}`} out and deploy it with \`${npmCommand("up", release.stack)}\``,
    );
  }
  for (const [part, { ref, imageId }] of Object.entries(release.baseImages)) {
    if (part === "node") continue;
    const now = idOf.get(ref) ?? null;
    // Nobody noted an id: the name is all there is to go by.
    const wanted = imageId ?? now;
    if (wanted === null || idOf.get(wanted) == null) {
      const others = now === null ? "" : `; ${ref} is ${shortId(now)} by now, which is another one`;
      const lost = imageId === null ? ref : `${shortId(imageId)} (${ref})`;
      problems.push(
        `its ${part} image ${lost} is not on the engine any more${others}; load it (\`docker load\`)`,
      );
    } else if (wanted !== now) {
      replaced.set(part, wanted);
      const what = now === null ? "names nothing any more" : `is ${shortId(now)} by now`;
      notes.push(
        `${ref} ${what}: ${part} runs the image of the release, ${shortId(wanted)}, by its id.`,
      );
    }
  }
  const openings = parsed.ok ? openingsOf(parsed.blueprint, release) : [];
  problems.push(...unreadableVolumes(openings, dataVersions));
  return parsed.ok && problems.length === 0
    ? { ok: true, blueprint: withImages(parsed.blueprint, replaced), openings, notes }
    : { ok: false, problems };
}

/** Which program of which version opens which volume; an image of the user's own has no known version. */
function openingsOf({ topology }: Blueprint, { baseImages }: Release): Opening[] {
  return containersOf(topology).flatMap(({ service, image, volume: mount }) => {
    const volume = topology.volumes.find(({ key }) => key === mount?.key)?.name;
    const version = image === null ? null : (baseImages[service]?.version ?? null);
    return volume === undefined || version === null ? [] : [{ volume, version }];
  });
}

/** The parts that have base images are fields of the topology, whichever there are by now. */
function withImages(blueprint: Blueprint, images: ReadonlyMap<string, string>): Blueprint {
  if (images.size === 0) return blueprint;
  const fields = Object.entries(blueprint.topology).map(([field, value]: [string, unknown]) => {
    const image = images.get(
      z.object({ service: z.string() }).safeParse(value).data?.service ?? "",
    );
    return [field, image === undefined ? value : { ...(value as object), image }];
  });
  return { ...blueprint, topology: topologySchema.parse(Object.fromEntries(fields)) };
}

function indent(text: string): string {
  return text.replaceAll(/^/gm, "      ");
}
