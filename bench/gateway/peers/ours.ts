import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { z } from "zod";
import { gatewayPassword } from "../backing.ts";
import type { Peer } from "../peer.ts";
import { run } from "../process.ts";

/** Our gateway as it is deployed: the image's code, the command of its Dockerfile, every log line written. */
export const ours = oursIn("image", "astratrade");

/**
 * The same, of one build of several.
 * @param build name of a folder in the cache
 * @param source the clone to build from. @default this one, or the one that `ASTRATRADE_BENCH_SOURCE` names
 */
export function oursIn(build: string, name: string, source?: string): Peer {
  return {
    name,
    title: "AstraTrade",
    limitIn: "redis",
    readyPath: "/health/ready",
    install: async ({ dir, peersDir }) => {
      const here = join(peersDir, "..", "..", "..");
      const project = source ?? process.env["ASTRATRADE_BENCH_SOURCE"] ?? here;
      const args = ["--import", "tsx", "runtime/build.ts", "--out", join(dir, build)];
      await run(process.execPath, args, { cwd: project });
    },
    configure: async (setup) => {
      const image = join(setup.dir, build);
      const [, ...args] = commandOf(await readFile(join(image, "Dockerfile"), "utf8"));
      return [
        {
          command: process.execPath,
          args: args.map((arg) => arg.replace(/^\/app\//, `${image}/app/`)),
          env: {
            NODE_ENV: "production",
            UV_THREADPOOL_SIZE: "8",
            SERVICE_NAME: "gateway",
            INSTANCE_ID: "api-gateway",
            STACK: "bench",
            RELEASE: "r1",
            PORT: String(setup.port),
            ADMIN_PORT: String(setup.adminPort),
            ADVERTISED_HOST: "127.0.0.1",
            REDIS_HOST: "127.0.0.1",
            REDIS_PORT: String(setup.redisPort),
            REDIS_USERNAME: "gateway",
            REDIS_PASSWORD: gatewayPassword,
            LOG_LEVEL: "info",
            AUTH_MODE: "header",
            RATE_LIMIT_USER: String(setup.perMinute),
            SEED_INSTANCES: `trading=127.0.0.1:${setup.upstreamPort}`,
          },
        },
      ];
    },
  };
}

/** The command of an image. @param dockerfile its text */
export function commandOf(dockerfile: string): string[] {
  const line = dockerfile.split("\n").find((one) => one.startsWith("CMD "));
  return z
    .array(z.string())
    .min(2)
    .parse(JSON.parse(line?.slice(4) ?? "null"));
}
