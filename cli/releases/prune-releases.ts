import type Docker from "dockerode";
import { labels, projectName } from "../../catalog/labels.ts";
import { connectEngine } from "../engine/engine-client.ts";
import { tolerating } from "../engine/tolerating.ts";
import type { Machine } from "../machine.ts";
import { addToHistory, readHistory } from "./history.ts";
import { readPin } from "./pin.ts";
import { planPrune, type EngineImage, type PrunePlan, type ReleaseImages } from "./plan-prune.ts";
import type { Release } from "./release.ts";
import {
  readReleases,
  removeRelease,
  removeStaleDrafts,
  stacksWithReleases,
} from "./release-store.ts";
import { findRunning } from "./running-release.ts";

/**
 * Forgets releases that are too old, and takes images off the engine that only they needed. Called before a deploy too,
 * so that a disk is not filled by what is about to be pruned. Gives kept images their tags where they lack them.
 * @param keep how many releases are kept
 * @param running number of the release that runs. @default the one that is found to run
 * @returns what was done, in a few words; empty when nothing was
 */
export async function pruneReleases(
  machine: Machine,
  stack: string,
  keep: number,
  running?: number,
): Promise<string> {
  const { facts, paths } = machine;
  removeStaleDrafts(paths, stack, Date.now());
  const { releases, damaged } = readReleases(paths, stack);
  const client = connectEngine(facts.engine);
  const pin = readPin(paths, stack);
  const plan = planPrune({
    stack,
    keep,
    running: running ?? (await runningNumber(machine, stack, releases)),
    pinned: pin.kind === "pinned" ? pin.pin.release : null,
    releases: releases.map(imagesOf),
    damaged: damaged.map(({ number }) => number),
    gone: readHistory(paths, stack),
    neededElsewhere: neededByOthers(paths, stack),
    images: await listImages(client),
    inUse: await imagesInUse(client),
  });
  for (const { tag, image } of plan.addTags) await addTag(client, tag, image);
  for (const number of plan.forget) {
    const release = releases.find((it) => it.number === number);
    if (release === undefined) continue;
    // The line first: what ends in between leaves a line too many, and no release without a trace.
    addToHistory(paths, release);
    removeRelease(paths, stack, number);
  }
  const removed = await removeFromEngine(client, plan);
  return describe(plan, removed);
}

/** Images as the engine lists them, without the layers in between that a build has left. */
export async function listImages(client: Docker): Promise<EngineImage[]> {
  const images = await client.listImages();
  return images.map(({ Id, RepoTags, Labels }) => ({
    id: Id,
    // Older engines say null or `<none>:<none>` where there is no tag.
    tags: ((RepoTags as string[] | null) ?? []).filter((tag) => !tag.startsWith("<none>")),
    isOurs: (Labels as Record<string, string> | null)?.[labels.project] === projectName,
  }));
}

/**
 * Takes tags and images off the engine, by its own rules: never by force, so that what a container has begun to use
 * meanwhile stays.
 * @returns how many tags and images went
 */
export async function removeFromEngine(
  client: Docker,
  { removeTags, removeImages }: Pick<PrunePlan, "removeTags" | "removeImages">,
): Promise<number> {
  let removed = 0;
  for (const name of [...removeTags, ...removeImages]) {
    // What is in use after all is asked again with the next deploy.
    if (await tolerating([404, 409], client.getImage(name).remove())) removed += 1;
  }
  return removed;
}

function imagesOf({ number, image, baseImages }: Release): ReleaseImages {
  const used = Object.entries(baseImages).filter(([part]) => part !== "node");
  return {
    number,
    image,
    baseImages: used.flatMap(([, { imageId }]) => (imageId === null ? [] : [imageId])),
  };
}

async function imagesInUse(client: Docker): Promise<ReadonlySet<string>> {
  const containers = await client.listContainers({ all: true });
  return new Set(containers.map(({ ImageID }) => ImageID));
}

async function runningNumber(
  machine: Machine,
  stack: string,
  releases: readonly Release[],
): Promise<number | null> {
  const running = await findRunning(machine, stack, releases);
  return running.kind === "release" ? running.number : null;
}

function neededByOthers(paths: Machine["paths"], stack: string): ReadonlySet<string> {
  const others = stacksWithReleases(paths).filter((it) => it !== stack);
  const releases = others.flatMap((it) => readReleases(paths, it).releases.map(imagesOf));
  return new Set(releases.flatMap(({ image, baseImages }) => [image, ...baseImages]));
}

async function addTag(client: Docker, name: string, image: string): Promise<void> {
  const colon = name.lastIndexOf(":");
  await client.getImage(image).tag({ repo: name.slice(0, colon), tag: name.slice(colon + 1) });
}

function describe({ forget }: PrunePlan, removed: number): string {
  const parts = [
    ...(forget.length === 0 ? [] : [`pruned release ${forget.join(", ")}`]),
    ...(removed === 0 ? [] : [`${removed} image ${removed === 1 ? "name" : "names"} removed`]),
  ];
  return parts.join(", ");
}
