import type Docker from "dockerode";
import { BOOL, MAP, STRING, STRING_SET } from "./schema/shape.ts";
import type { Table } from "./schema/shape.ts";

/** An image as the engine has it, and the name by which it was asked for. */
export interface LiveImage {
  readonly name: string;
  readonly inspected: Docker.ImageInspectInfo;
}

/** An image that is pulled by its name, or that is there already. */
export const REMOTE_IMAGE: Table<never, LiveImage> = {
  name: { shape: STRING, change: "replace", required: true },
  platform: { shape: STRING, change: "replace" },
  pullTriggers: { shape: STRING_SET, change: "replace" },
  triggers: { shape: MAP, change: "replace" },
  keepLocally: { shape: BOOL, change: "state" },
  forceRemove: { shape: BOOL, change: "state" },
  // Only to keep its place in the state: remote-image.ts refuses it.
  build: { shape: MAP, change: "state" },
  imageId: { shape: STRING, change: "output", read: ({ inspected }) => inspected.Id },
  repoDigest: { shape: STRING, change: "output", read: repoDigest },
};

/** The name by digest in the repository that was asked for; empty for an image of no registry. */
function repoDigest({ name, inspected }: LiveImage): string {
  const digests = inspected.RepoDigests;
  const repository = name.replace(/@.*$/, "").replace(/:[^:/]*$/, "");
  return digests.find((digest) => digest.startsWith(`${repository}@`)) ?? digests[0] ?? "";
}
