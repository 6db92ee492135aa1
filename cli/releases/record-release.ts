import type { Blueprint } from "../../topology/blueprint.ts";
import type { Machine } from "../machine.ts";

export interface ReleaseToRecord {
  readonly stack: string;
  readonly blueprint: Blueprint;
  /** Folder of the validation's report. */
  readonly reportDir: string;
  /** Number of the release that this one brings back; null for one from source. */
  readonly rollbackOf: number | null;
  /** How many are kept. */
  readonly keep: number;
}

/**
 * Records a deploy that has validated, gives its image a release tag, and prunes what is older than the last `keep`.
 * A deploy that is the same as the current release in every respect is no new one.
 * @returns what was done, in a few words: `release 4`, `still release 3`
 */
export function recordRelease(_machine: Machine, _release: ReleaseToRecord): Promise<string> {
  return Promise.resolve("not recorded");
}
