import type { Peer } from "./peer.ts";
import { envoy } from "./peers/envoy.ts";
import { express } from "./peers/express.ts";
import { fastifyCareful, fastifyDefault } from "./peers/fastify.ts";
import { haproxy } from "./peers/haproxy.ts";
import { nginx } from "./peers/nginx.ts";
import { ours } from "./peers/ours.ts";
import { traefik } from "./peers/traefik.ts";

/** All gateways that are measured, ours first. */
export const peers: readonly Peer[] = [
  ours,
  traefik,
  fastifyCareful,
  fastifyDefault,
  express,
  envoy,
  haproxy,
  nginx,
];
