import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { z } from "zod";
import { gatewayPassword } from "../backing.ts";
import type { Peer } from "../peer.ts";
import { run } from "../process.ts";

/** Our gateway as it is deployed: the image's code, the command of its Dockerfile, every log line written. */
export const ours: Peer = {
  name: "astratrade",
  title: "AstraTrade",
  limitIn: "redis",
  readyPath: "/health/ready",
  install: async ({ dir, peersDir }) => {
    // Another clone, to measure an older version or one that somebody works on.
    const project = process.env["ASTRATRADE_BENCH_SOURCE"] ?? join(peersDir, "..", "..", "..");
    const build = ["--import", "tsx", "runtime/build.ts", "--out", join(dir, "image")];
    await run(process.execPath, build, { cwd: project });
  },
  configure: async (setup) => {
    const image = join(setup.dir, "image");
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

/** The command of an image. @param dockerfile its text */
export function commandOf(dockerfile: string): string[] {
  const line = dockerfile.split("\n").find((one) => one.startsWith("CMD "));
  return z
    .array(z.string())
    .min(2)
    .parse(JSON.parse(line?.slice(4) ?? "null"));
}
