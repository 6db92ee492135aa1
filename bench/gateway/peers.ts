import type { Peer } from "./peer.ts";
import { fastifyCareful, fastifyDefault } from "./peers/fastify.ts";
import { ours } from "./peers/ours.ts";

/** All gateways that are measured, ours first. */
export const peers: readonly Peer[] = [ours, fastifyCareful, fastifyDefault];
