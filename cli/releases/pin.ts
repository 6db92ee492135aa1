import type { Paths } from "../paths.ts";
import type { Pin } from "../../topology/blueprint.ts";

/** Makes the program deploy a recorded release of the stack from now on. */
export function pinRelease(_paths: Pick<Paths, "home">, _stack: string, _pin: Pin): void {}

/**
 * Makes the program deploy its source again.
 * @returns number of the release that was pinned, or null
 */
export function unpinRelease(_paths: Pick<Paths, "home">, _stack: string): number | null {
  return null;
}
