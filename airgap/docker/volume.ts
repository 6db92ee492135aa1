import type { Resource } from "../plugin/resource.ts";
import { isConflict } from "./engine-error.ts";
import type { Engine } from "./engine.ts";
import { fixedResource } from "./fixed-resource.ts";
import { VOLUME } from "./volume-table.ts";
import type { LiveVolume } from "./volume-table.ts";

/**
 * The resource `docker:index/volume:Volume`. Its id is its name.
 *
 * A volume that exists already is adopted with its data, since the engine's request to create one
 * is idempotent. Cluster volumes are not supported: `cluster` is refused as an unknown property.
 */
export function volumeResource(engine: Engine): Resource {
  return fixedResource(engine, {
    noun: "volume",
    path: "/volumes",
    table: VOLUME,
    emptySpec: () => ({ Name: "" }),
    idOf: ({ Name }) => Name,
    // The engine answers with the volume itself.
    created: (answer) => Promise.resolve(answer as LiveVolume),
    isInUse: isConflict,
    release: "containers to let go of the volume",
  });
}
