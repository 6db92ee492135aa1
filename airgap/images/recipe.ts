import { createHash } from "node:crypto";

/** How one base image is made from Debian packages. */
export interface Recipe {
  readonly name: ImageName;
  /** The package whose version is the image's; undefined for the image that carries the npm package's Node. */
  readonly mainPackage: string | undefined;
  readonly packages: readonly string[];
  /** Shell lines that finish the root file system, which is the current folder; see finish-root.ts. */
  readonly finish: string;
  /** What the official image says about itself, as lines of a Dockerfile. */
  readonly changes: readonly string[];
}

export const imageNames = ["node", "redis", "prometheus", "haproxy"] as const;
export type ImageName = (typeof imageNames)[number];

/** What is known of an image before it is made. */
export interface RecipeInputs {
  /** Debian's name of the processor: amd64, arm64. */
  readonly architecture: string;
  /** Content hash of the Node binary; undefined for images without one. */
  readonly nodeHash: string | undefined;
  /** The script that every root file system is finished with. */
  readonly commonFinish: string;
}

/** Twelve hexadecimal digits that change with everything that goes into the image but the packages' versions. */
export function recipeHash(recipe: Recipe, inputs: RecipeInputs): string {
  return createHash("sha256")
    .update(JSON.stringify([recipe, inputs]))
    .digest("hex")
    .slice(0, 12);
}

/** Debian's `5:7.0.15-1~deb12u10` is the vendor's 7.0.15. */
export function upstreamVersion(debianVersion: string): string {
  const match = /^(?:\d+:)?(\d+(?:\.\d+)*)/.exec(debianVersion);
  if (match?.[1] === undefined) throw new Error(`"${debianVersion}" is no Debian version.`);
  return match[1];
}

/** Names of our own, so that nobody takes the image for the official one. */
export function imageRef(name: ImageName, version: string, hash: string): string {
  return `astratrade-airgap/${name}:${version}-${hash}`;
}
