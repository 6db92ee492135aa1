import type { Json, JsonObject } from "./recording.ts";

/** Bookkeeping of the official provider's framework, left out of the recordings. */
const INTERNAL = new Set(["__meta"]);

/** Properties that came after the provider that was recorded. */
const NEWER = new Set<Json>(["deviceCgroupRules"]);

/** Takes out of an answer what is no part of the contract, and writes defaults of the wire out. */
export function prepare(answer: JsonObject): JsonObject {
  const { stables, detailedDiff, ...rest } = withoutInternals(answer);
  const kinds = Object.entries((detailedDiff ?? {}) as JsonObject).map(([path, diff]) => [
    path,
    // ADD is the first kind, which the wire leaves out.
    { kind: "ADD", ...(diff as JsonObject) },
  ]);
  return {
    ...rest,
    ...(stables !== undefined && {
      stables: (stables as readonly Json[]).filter((name) => !NEWER.has(name)),
    }),
    ...(detailedDiff !== undefined && { detailedDiff: Object.fromEntries(kinds) as JsonObject }),
    // The wire leaves false out as well.
    ...("changes" in rest && {
      deleteBeforeReplace: rest["deleteBeforeReplace"] ?? false,
      hasDetailedDiff: rest["hasDetailedDiff"] ?? false,
    }),
  };
}

/** The states inside of requests and answers. */
const STATES = new Set(["properties", "olds", "oldOutputs"]);

function withoutInternals(answer: JsonObject): JsonObject {
  const kept = Object.entries(answer)
    .filter(([name]) => !INTERNAL.has(name))
    .map(([name, value]) => [
      name,
      STATES.has(name) ? withoutInternals(value as JsonObject) : value,
    ]);
  return Object.fromEntries(kept) as JsonObject;
}
