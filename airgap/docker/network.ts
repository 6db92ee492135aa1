import type { Resource } from "../plugin/resource.ts";
import { messageOf } from "./engine-error.ts";
import type { Engine } from "./engine.ts";
import { fixedResource } from "./fixed-resource.ts";
import { NETWORK } from "./network-table.ts";
import type { NetworkSpec } from "./network-table.ts";

/** The resource `docker:index/network:Network`. Its id is the engine's id of the network. */
export function networkResource(engine: Engine): Resource {
  return fixedResource(engine, {
    noun: "network",
    path: "/networks",
    table: NETWORK,
    emptySpec: (): NetworkSpec => ({ Name: "", CheckDuplicate: true, IPAM: {} }),
    idOf: ({ Id }) => Id,
    // The engine answers with the id alone.
    created: (answer, inspect) => inspect((answer as { readonly Id: string }).Id),
    isInUse: (error) => messageOf(error).includes("has active endpoints"),
    release: "containers to leave the network",
  });
}
