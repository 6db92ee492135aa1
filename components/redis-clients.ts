import type { Topology } from "../topology/topology.ts";

/** Who logs in to Redis: the gateway and every service. All replicas of a service are the same client. */
export function redisClientsOf(topology: Topology): string[] {
  return [...new Set(["gateway", ...topology.services.map(({ service }) => service)])];
}
