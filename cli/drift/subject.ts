import type { DeployedContainer } from "./deployed.ts";
import type { Facts } from "./drift-item.ts";
import type { LiveContainer, LiveFile, LiveImage } from "./live.ts";
import type { Veil } from "./veil.ts";

/** A container as it was deployed and as it is, with what is needed to compare the two. */
export interface Subject {
  readonly deployed: DeployedContainer;
  readonly live: LiveContainer;
  /** The image that the program names; null when the engine has none of that name any more. */
  readonly wantedImage: LiveImage | null;
  /** The image that the container was made from; null when the engine has it no more. */
  readonly liveImage: LiveImage | null;
  /** The stack's networks as they are: name to id. */
  readonly networkIds: ReadonlyMap<string, string>;
  /** Files that were uploaded, by path. */
  readonly files: ReadonlyMap<string, LiveFile>;
  /** Variables that may be shown although the state keeps the list as a secret. */
  readonly plainVariables: ReadonlySet<string>;
  readonly veil: Veil;
}

/** A group of properties: what they were deployed as, and what they are, in the same words. */
export interface Facet {
  readonly expected: (subject: Subject) => Facts;
  readonly actual: (subject: Subject) => Facts;
}

/** One property that is always there. */
export function property(
  name: string,
  expected: (deployed: DeployedContainer, subject: Subject) => string,
  actual: (live: LiveContainer, subject: Subject) => string,
): Facet {
  return {
    expected: (subject) => ({ [name]: expected(subject.deployed, subject) }),
    actual: (subject) => ({ [name]: actual(subject.live, subject) }),
  };
}

/** What a container gets from its image unless the program says otherwise. */
export function imageConfig({ wantedImage, liveImage }: Subject): LiveImage["Config"] | null {
  return (wantedImage ?? liveImage)?.Config ?? null;
}

/** A set as text; its order means nothing. */
export function setText(items: readonly string[]): string {
  return items.length === 0 ? "none" : [...items].sort().join(", ");
}

export const mebibyte = 1024 * 1024;

/** Bytes in the unit that people set them in. */
export function bytesText(bytes: number): string {
  if (bytes < 0) return "unlimited";
  if (bytes === 0) return "none";
  return bytes % mebibyte === 0 ? `${bytes / mebibyte} MiB` : `${bytes} bytes`;
}
