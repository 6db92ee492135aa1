import { rmSync } from "node:fs";
import { projectName } from "../../catalog/labels.ts";
import { connectEngine } from "../engine/engine-client.ts";
import type { Machine } from "../machine.ts";
import { unpinRelease } from "./pin.ts";
import { listImages, removeFromEngine } from "./prune-releases.ts";
import { stackFolder } from "./release-store.ts";

/**
 * Forgets all releases of a stack that is deleted for good: the pin, the records, and every name that the stack has
 * given to images. An image that another stack or a container needs has a name or a user of its own, and stays.
 * @returns what was done, in a few words
 */
export async function forgetReleases({ facts, paths }: Machine, stack: string): Promise<string> {
  unpinRelease(paths, stack);
  rmSync(stackFolder(paths, stack), { recursive: true, force: true });
  const client = connectEngine(facts.engine);
  const tags = (await listImages(client)).flatMap((image) => image.tags);
  const removeTags = tags.filter((tag) => isTagOf(stack, tag));
  const removed = await removeFromEngine(client, { removeTags, removeImages: [] });
  return removed === 0 ? "there were none" : `records, and ${removed} names of images`;
}

/** The stack's current image, its release tags, and its base tags. */
export function isTagOf(stack: string, tag: string): boolean {
  const [runtime, base] = [`${projectName}/runtime:${stack}`, `${projectName}/base:${stack}-`];
  if (tag === runtime) return true;
  if (tag.startsWith(`${runtime}-r`)) return /^[1-9]\d*$/.test(tag.slice(runtime.length + 2));
  return tag.startsWith(base) && /^[0-9a-f]{12}$/.test(tag.slice(base.length));
}
