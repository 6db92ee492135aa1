import { join } from "node:path";
import { npmInstall } from "../npm.ts";
import type { Peer } from "../peer.ts";

/** The Fastify bundle as its READMEs show it: every plugin with the settings that it has by itself. */
export const fastifyDefault = fastify("default", "Fastify 5 bundle, default settings");

/** The same with what its documentation and issues advise for speed and for a Redis that is away. */
export const fastifyCareful = fastify("careful", "Fastify 5 bundle, careful settings");

function fastify(settings: "default" | "careful", title: string): Peer {
  return {
    name: `fastify-${settings}`,
    title,
    limitIn: "redis",
    install: (cache) => npmInstall(cache, "fastify"),
    configure: ({ dir, port, redisPort, upstreamPort, perMinute }) =>
      Promise.resolve([
        {
          command: process.execPath,
          args: [
            "--max-semi-space-size=16",
            "--max-old-space-size=320",
            join(dir, "npm", "fastify", `${settings}.mjs`),
          ],
          env: {
            NODE_ENV: "production",
            PORT: String(port),
            REDIS_PORT: String(redisPort),
            UPSTREAM: `http://127.0.0.1:${upstreamPort}`,
            PER_MINUTE: String(perMinute),
          },
        },
      ]),
  };
}
