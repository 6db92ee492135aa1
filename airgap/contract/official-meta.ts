import type { JsonObject } from "./recording.ts";

/**
 * The bookkeeping that the official providers keep in a state beside the outputs, and that the recordings leave out: the
 * version of the state's form, and for containers the time limits of their operations, in nanoseconds under a key of the
 * framework. Resources without an entry have none.
 */
const META: Readonly<Record<string, object>> = {
  "docker:index/container:Container": {
    "e2bfb730-ecaa-11e6-8f88-34363bc7c4c0": {
      create: 1_200_000_000_000,
      delete: 1_200_000_000_000,
      update: 1_200_000_000_000,
    },
    schema_version: "2",
  },
  "docker:index/network:Network": { schema_version: "1" },
  "docker:index/volume:Volume": { schema_version: "1" },
  "random:index/randomPassword:RandomPassword": { schema_version: "3" },
  "random:index/randomString:RandomString": { schema_version: "2" },
};

/** Outputs as they stand in a state that the official provider has written. */
export function withMeta(type: string, outputs: JsonObject): JsonObject {
  const meta = META[type];
  return meta === undefined ? outputs : { ...outputs, __meta: JSON.stringify(meta) };
}
