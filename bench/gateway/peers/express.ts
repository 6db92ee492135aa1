import { join } from "node:path";
import { npmInstall } from "../npm.ts";
import type { Peer } from "../peer.ts";

/** What is most often built: Express 5, http-proxy-middleware, opossum, rate-limiter-flexible, prom-client, pino. */
export const express: Peer = {
  name: "express",
  title: "Express 5 bundle",
  limitIn: "redis",
  install: (cache) => npmInstall(cache, "express"),
  configure: ({ dir, port, redisPort, upstreamPort, perMinute }) =>
    Promise.resolve([
      {
        command: process.execPath,
        args: [
          "--max-semi-space-size=16",
          "--max-old-space-size=320",
          join(dir, "npm", "express", "server.mjs"),
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
