import { describeFailure, isNotFound } from "../engine-error.ts";
import type { Engine } from "../engine.ts";
import type { LiveContainer } from "./spec.ts";

/** The container as it is now; undefined if there is none. */
export async function inspectContainer(
  engine: Engine,
  id: string,
  signal: AbortSignal,
): Promise<LiveContainer | undefined> {
  try {
    const path = `/containers/${encodeURIComponent(id)}/json`;
    return await engine.request<LiveContainer>("GET", path, { signal });
  } catch (error) {
    if (isNotFound(error)) return undefined;
    throw describeFailure(`Unable to read container ${id}`, error);
  }
}
