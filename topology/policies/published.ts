import { containersOf } from "../build-topology.ts";
import type { Topology } from "../topology.ts";
import type { PolicyContext } from "./policy.ts";
import { entryPoints } from "./ports.ts";

/**
 * What a settled topology publishes on the host. A rollback brings back a record that may be older than today's settings;
 * it is held against what it was allowed when it was made.
 */
export function publishedBy(topology: Topology): Pick<PolicyContext, "bindAddress" | "publish"> {
  const published = containersOf(topology).filter(({ ports }) => ports.length > 0);
  return {
    bindAddress: published[0]?.ports[0]?.ip ?? "127.0.0.1",
    publish: published.every(({ service }) => entryPoints.includes(service)) ? "entry" : "all",
  };
}
