import { projectName } from "../../catalog/labels.ts";
import { shortId } from "../words.ts";

/** An image as the engine lists it. */
export interface EngineImage {
  readonly id: string;
  /** Names with tags; empty for an image that has none. */
  readonly tags: readonly string[];
  /** Whether it carries the project's label. */
  readonly isOurs: boolean;
}

/** What of a release decides which images it needs. */
export interface ReleaseImages {
  readonly number: number;
  readonly image: string;
  /** Ids of the base images that its other containers are made from. */
  readonly baseImages: readonly string[];
}

export interface PruneInput {
  readonly stack: string;
  /** How many releases are kept. */
  readonly keep: number;
  readonly running: number | null;
  readonly pinned: number | null;
  readonly releases: readonly ReleaseImages[];
  /** Numbers of records that cannot be read. */
  readonly damaged: readonly number[];
  /** Releases that were pruned earlier. */
  readonly gone: readonly { readonly number: number; readonly image: string }[];
  /** Image ids that releases of other stacks need. */
  readonly neededElsewhere: ReadonlySet<string>;
  readonly images: readonly EngineImage[];
  /** Image ids that containers on the engine use, running or not. */
  readonly inUse: ReadonlySet<string>;
}

export interface PrunePlan {
  /** Releases that are forgotten, oldest first. */
  readonly forget: readonly number[];
  readonly addTags: readonly { readonly tag: string; readonly image: string }[];
  readonly removeTags: readonly string[];
  readonly removeImages: readonly string[];
}

/** Tag of a release's own image. */
export function releaseTag(stack: string, number: number): string {
  return `${projectName}/runtime:${stack}-r${number}`;
}

/** Tag that keeps a base image on the engine when its official name has moved to another one. */
export function baseTag(stack: string, imageId: string): string {
  return `${projectName}/base:${stack}-${shortId(imageId)}`;
}

/**
 * Decides what is pruned. Kept are the last `keep` releases, the one that runs and the one that is pinned, with tags on
 * all their images. Of the others the record and the tags go, and images of ours that have no name any more and that
 * nobody needs. What a container uses, what another stack's release needs and what is not ours stays.
 */
export function planPrune(input: PruneInput): PrunePlan {
  const { stack, releases, images } = input;
  const kept = keptReleases(input);
  const forgotten = releases.filter((it) => !kept.includes(it)).sort(byNumber);
  const wanted = wantedTags(stack, kept);
  const needed = new Set([
    ...kept.flatMap(({ image, baseImages }) => [image, ...baseImages]),
    ...input.neededElsewhere,
  ]);
  const owned = ownedTags(input, forgotten);
  const isFree = (id: string) => !needed.has(id) && !input.inUse.has(id);
  return {
    forget: forgotten.map(({ number }) => number),
    addTags: images.flatMap(({ id, tags }) =>
      [...wanted].flatMap(([tag, image]) =>
        image === id && !tags.includes(tag) ? [{ tag, image: id }] : [],
      ),
    ),
    removeTags: images.flatMap(({ id, tags }) => {
      const leaving = tags.filter((tag) => !wanted.has(tag) && owned(tag, id));
      // Taking an image's last name takes the image.
      return leaving.length < tags.length || isFree(id) ? leaving : leaving.slice(1);
    }),
    removeImages: images
      .filter(({ id, tags, isOurs }) => isOurs && tags.length === 0 && isFree(id))
      .map(({ id }) => id),
  };
}

function keptReleases({ releases, keep, running, pinned }: PruneInput): ReleaseImages[] {
  const newest = [...releases].sort(byNumber).reverse();
  return newest.filter(
    ({ number }, index) => index < keep || number === running || number === pinned,
  );
}

/** Tag to image id. */
function wantedTags(stack: string, kept: readonly ReleaseImages[]): ReadonlyMap<string, string> {
  return new Map(
    kept.flatMap(({ number, image, baseImages }): [string, string][] => [
      [releaseTag(stack, number), image],
      ...baseImages.map((id): [string, string] => [baseTag(stack, id), id]),
    ]),
  );
}

/**
 * Says of a tag whether this home has given it to the image and needs it no more. A release tag that it knows nothing of
 * may be another home's. Which base images a damaged record needs nobody knows, so their tags stay meanwhile.
 */
function ownedTags(
  { stack, damaged, gone }: PruneInput,
  forgotten: readonly ReleaseImages[],
): (tag: string, id: string) => boolean {
  const releaseTags = new Map(
    [...gone, ...forgotten].map(({ number, image }) => [releaseTag(stack, number), image]),
  );
  return (tag, id) =>
    releaseTags.get(tag) === id || (tag === baseTag(stack, id) && damaged.length === 0);
}

function byNumber(a: { number: number }, b: { number: number }): number {
  return a.number - b.number;
}
