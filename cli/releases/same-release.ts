import { isDeepStrictEqual } from "node:util";
import { blueprintSchema } from "../../topology/blueprint.ts";
import type { Release } from "./release.ts";

/**
 * Whether two blueprints make the same containers. What only one of them leaves to a default counts as equal, so that
 * a record of an earlier version is recognised.
 */
export function isSameBlueprint(left: unknown, right: unknown): boolean {
  return isDeepStrictEqual(normalise(left), normalise(right));
}

/**
 * Whether two releases run the same thing: equal blueprints, and the same base images under the names in them. The
 * source revision does not count. A commit that changes documents changes no container; if it were a release of its
 * own, a few of them would push out the last release that was different, which is the one to roll back to.
 */
export function isSameRelease(
  left: Pick<Release, "blueprint" | "baseImages">,
  right: Pick<Release, "blueprint" | "baseImages">,
): boolean {
  return (
    isSameBlueprint(left.blueprint, right.blueprint) &&
    isDeepStrictEqual(imageIds(left.baseImages), imageIds(right.baseImages))
  );
}

function normalise(blueprint: unknown): unknown {
  const parsed = blueprintSchema.safeParse(blueprint);
  return parsed.success ? parsed.data : blueprint;
}

/** The Node base is in our own image, whose id says what is in it: only what containers are made from counts. */
function imageIds(images: Release["baseImages"]): Record<string, string | null> {
  return Object.fromEntries(
    Object.entries(images).flatMap(([part, { imageId }]) =>
      part === "node" ? [] : [[part, imageId]],
    ),
  );
}
