import { describe, expect, it } from "vitest";
import { labels } from "../../catalog/labels.ts";
import type {
  ContainerFacts,
  Evidence,
  GatewayFacts,
  LoadRound,
  RateLimitFacts,
  TradeFacts,
} from "../evidence.ts";
import { deploymentFixture } from "../testing/deployment.ts";
import {
  answer,
  closedBreaker,
  evidenceFixture,
  figures,
  healthPage,
  servicesPage,
  withContainer,
  withSection,
} from "../testing/evidence.ts";
import { flips, outcomesOf } from "../testing/outcomes.ts";
import { checksFor } from "./index.ts";

const deployment = deploymentFixture();
const good = evidenceFixture(deployment);
const redisLabels = {
  [labels.project]: "astratrade",
  [labels.stack]: "dev",
  [labels.service]: "redis",
  [labels.release]: "0.1.0",
  [labels.configHash]: "hash-of-redis",
};

interface Mutation {
  readonly what: string;
  readonly evidence: Evidence;
  /** Exactly the checks that come out otherwise than on a platform in good order. */
  readonly flips: Readonly<Record<string, string>>;
  /** What the first of them shows. @default not compared */
  readonly shows?: { readonly expected: unknown; readonly actual: unknown };
}

/** One thing wrong at a time, and what the report then says. */
const mutations: readonly Mutation[] = [
  {
    what: "the engine is gone",
    evidence: { engine: { error: "connect ENOENT /var/run/docker.sock" } },
    flips: {
      "stack.engine": "fail",
      // Nothing else was gathered, so nothing else is claimed.
      ...Object.fromEntries(
        checksFor(deployment, "")
          .filter(({ id }) => !id.startsWith("stack.") && id !== "plan.grafana")
          .map(({ id }) => [id, "error"]),
      ),
    },
    shows: { expected: "an answer", actual: "connect ENOENT /var/run/docker.sock" },
  },
  {
    what: "the image lacks a module",
    evidence: withSection(good, "selfCheck", () => ({
      exitCode: 1,
      output: "Cannot find module 'decimal.js'",
    })),
    flips: { "plan.image": "fail" },
    shows: {
      expected: "exit code 0, all can be loaded",
      actual: "exit code 1: Cannot find module 'decimal.js'",
    },
  },
  {
    what: "the image starts another program",
    evidence: withSection(good, "selfCheck", () => ({ output: "" })),
    flips: { "plan.image": "fail" },
    shows: { expected: "exit code 0, all can be loaded", actual: "exit code 0: no word" },
  },
  {
    what: "nothing listens on the gateway's port",
    evidence: gateway({
      health: { value: { ...answer("u", null, 0), body: "connect ECONNREFUSED 127.0.0.1:8000" } },
      services: { value: { ...answer("u", null, 0), body: "connect ECONNREFUSED 127.0.0.1:8000" } },
      metrics: { value: { status: 0, contentType: "", samples: 0, names: [] } },
      correlation: { value: { sent: "a", received: null, assigned: null, loggedBy: [] } },
      trace: { value: { id: "b", wanted: ["gateway", "user"], seen: [] } },
    }),
    flips: {
      "plan.gateway": "fail",
      "plan.health": "fail",
      "plan.services": "fail",
      "plan.all-services": "fail",
      "plan.circuit-breakers": "fail",
      "plan.correlation": "fail",
      "plan.tracing": "fail",
      "plan.metrics": "fail",
    },
    shows: { expected: "200", actual: "no answer (connect ECONNREFUSED 127.0.0.1:8000)" },
  },
  {
    what: "the gateway has lost Redis",
    evidence: gateway({
      health: {
        value: answer("u", {
          ...healthPage(deployment),
          status: "degraded",
          dependencies: {
            redis: { status: "down", waitingFor: "redis:6379" },
            services: { user: "healthy", nft: "unavailable" },
          },
        }),
      },
    }),
    flips: { "plan.health": "fail" },
    shows: { expected: "healthy", actual: "degraded; away: nft, redis" },
  },
  {
    what: "something else answers on the gateway's port",
    evidence: gateway({ health: { value: answer("u", "<html>") } }),
    flips: { "plan.health": "fail" },
  },
  {
    what: "nobody is registered",
    evidence: gateway({
      services: { value: answer("u", { ...servicesPage(deployment), services: {} }) },
    }),
    flips: {
      "plan.services": "fail",
      "plan.all-services": "fail",
      "plan.circuit-breakers": "fail",
    },
    shows: { expected: "at least one service", actual: "none" },
  },
  {
    what: "the gateway goes by the addresses it was started with",
    evidence: gateway({
      services: {
        value: answer("u", {
          ...servicesPage(deployment),
          registry: { source: "seed", ageMs: null },
        }),
      },
    }),
    flips: { "plan.services": "fail", "plan.all-services": "fail" },
  },
  {
    what: "one service is not registered",
    evidence: gateway({
      services: {
        value: answer("u", {
          ...servicesPage(deployment),
          services: {
            ...servicesPage(deployment).services,
            social: {
              status: "unavailable",
              routePrefix: "/api/v1/social",
              breaker: { ...closedBreaker, state: "open", reason: "no instance is registered" },
              instances: [],
            },
          },
        }),
      },
    }),
    flips: { "plan.all-services": "fail", "plan.circuit-breakers": "fail" },
    shows: {
      expected: "financial, gamification, nft, social, trading, user",
      actual: "financial, gamification, nft, trading, user",
    },
  },
  {
    what: "one service's breaker is half-open, and another has none",
    evidence: gateway({
      services: {
        value: answer("u", {
          ...servicesPage(deployment),
          services: {
            ...servicesPage(deployment).services,
            nft: {
              ...servicesPage(deployment).services["nft"],
              breaker: { ...closedBreaker, state: "half_open", reason: "it is being tried" },
            },
            social: { ...servicesPage(deployment).services["social"], breaker: undefined },
          },
        }),
      },
    }),
    flips: { "plan.circuit-breakers": "fail" },
    shows: { expected: "6 closed", actual: "social has none, nft half_open (it is being tried)" },
  },
  {
    what: "the service's spans are not in the trace",
    evidence: gateway({
      trace: { value: { id: "a", wanted: ["gateway", "user"], seen: ["gateway"] } },
    }),
    flips: { "plan.tracing": "fail" },
    shows: { expected: "gateway, user", actual: "gateway" },
  },
  {
    what: "the description of an order is gone",
    evidence: trade({ describe: { value: { ...answer("u", {}, 404), body: "not here" } } }),
    flips: { "plan.trade-form": "fail" },
    shows: { expected: "200", actual: "404 not here" },
  },
  {
    what: "a trade is refused and moves nothing",
    evidence: trade({
      execute: {
        value: answer(
          "u",
          {
            error: {
              code: "conflict",
              message: "It does not fit.",
              service: "trading",
              correlationId: "a",
            },
          },
          409,
        ),
      },
      after: { value: figures(7, 7000) },
    }),
    flips: { "plan.trade": "fail", "plan.business-metrics": "fail" },
    shows: { expected: "2xx", actual: "409 conflict: It does not fit." },
  },
  {
    what: "trades are counted, but not what they are worth",
    evidence: trade({ after: { value: figures(8, 7000) } }),
    flips: { "plan.business-metrics": "fail" },
    shows: { expected: "at least 1 trade and 1000 USD more", actual: "1 trades and 0 USD more" },
  },
  {
    what: "the dashboard does not answer",
    evidence: trade({ after: { value: { ...figures(null, null), status: 503 } } }),
    flips: { "plan.business-metrics": "fail" },
    shows: {
      expected: "at least 1 trade and 1000 USD more",
      actual: "the dashboard answers 503",
    },
  },
  {
    what: "the dashboard shows old figures",
    evidence: trade({ after: { value: { ...figures(8, 8000), stale: true } } }),
    flips: { "plan.business-metrics": "fail" },
  },
  {
    what: "the dashboard's fields have other names",
    evidence: trade({ before: { value: figures(null, null) } }),
    flips: { "plan.business-metrics": "fail" },
  },
  {
    what: "the correlation id is replaced on the way",
    evidence: gateway({
      correlation: { value: { sent: "a", received: "b", assigned: "c", loggedBy: [] } },
    }),
    flips: { "plan.correlation": "fail" },
  },
  {
    what: "a request without a correlation id gets none",
    evidence: gateway({
      correlation: { value: { sent: "a", received: "a", assigned: null, loggedBy: ["x"] } },
    }),
    flips: { "plan.correlation": "fail" },
  },
  {
    what: "the correlation id is in no service's log",
    evidence: gateway({
      correlation: { value: { sent: "a", received: "a", assigned: "c", loggedBy: [] } },
    }),
    flips: { "plan.correlation": "warn" },
  },
  {
    what: "the gateway is slow",
    evidence: withSection(good, "load", () => ({
      rounds: [
        { failures: 0, p50Ms: 90, p95Ms: 140, maxMs: 150 },
        { failures: 0, p50Ms: 4, p95Ms: 100, maxMs: 120 },
      ],
    })),
    flips: { "plan.performance": "fail" },
    shows: {
      expected: "p95 below 100 ms",
      actual: "p95 100 ms, p50 4 ms, slowest 120 ms (best of 2 × 200)",
    },
  },
  {
    what: "the gateway drops requests under load",
    evidence: withSection(good, "load", ({ rounds: [round] }) => ({
      rounds: [
        { ...(round as LoadRound), failures: 3 },
        { ...(round as LoadRound), p95Ms: 1 },
      ],
    })),
    flips: { "plan.performance": "fail" },
    shows: { expected: "400 answers of 200", actual: "3 were not" },
  },
  {
    what: "the metrics page is empty",
    evidence: gateway({
      metrics: { value: { status: 200, contentType: "text/plain", samples: 0, names: [] } },
    }),
    flips: { "plan.metrics": "fail" },
    shows: { expected: "200 with samples", actual: "200 text/plain, 0 samples" },
  },
  {
    what: "a label takes a value for each user",
    evidence: gateway({
      metrics: { value: { status: 200, contentType: "text/plain", samples: 2000, names: [] } },
    }),
    flips: { "plan.series": "fail" },
    shows: { expected: "below 2000", actual: 2000 },
  },
  limit({
    what: "nobody is limited",
    change: { admitted: 210, firstRefused: null, retryAfter: null },
    shows: {
      expected: "200 of 210 let through, 429 from request 201 on, Retry-After",
      actual: "210 of 210 let through, no 429, no Retry-After",
    },
  }),
  limit({
    what: "a request is refused too early",
    change: { admitted: 199, firstRefused: 200 },
    shows: {
      expected: "200 of 210 let through, 429 from request 201 on, Retry-After",
      actual: "199 of 210 let through, 429 from request 200 on, Retry-After 60",
    },
  }),
  limit({
    what: "after a refusal one more is let through",
    change: { admitted: 201 },
  }),
  limit({
    what: "each of two gateways without Redis lets its own 200 through",
    change: { admitted: 210, firstRefused: null, retryAfter: null, local: true },
    shows: {
      expected: "200 of 210 let through, 429 from request 201 on, Retry-After",
      actual: "210 of 210 let through, no 429, no Retry-After; without Redis",
    },
  }),
  limit({ what: "a refusal does not say when to come back", change: { retryAfter: null } }),
  limit({ what: "a refusal says to come back at once", change: { retryAfter: "0" } }),
  {
    what: "Prometheus is not ready",
    evidence: withSection(good, "prometheus", () => ({ ready: false, targets: [] })),
    flips: { "plan.targets": "fail" },
    shows: { expected: "7 containers up", actual: "Prometheus is not ready" },
  },
  {
    what: "a target is down and another one unknown to Prometheus",
    evidence: withSection(good, "prometheus", ({ targets }) => ({
      targets: targets
        .filter(({ job }) => job !== "nft")
        .map((it) =>
          it.job === "user" ? { ...it, health: "down", lastError: "connection refused" } : it,
        ),
    })),
    flips: { "plan.targets": "fail" },
    shows: {
      expected: "7 containers up",
      actual: "nft-service not watched, user-service:8000 down (connection refused)",
    },
  },
  {
    what: "a container is close to its memory limit",
    evidence: withSection(good, "cgroups", (all) => ({
      "user-service": merged(all["user-service"], { workingSetBytes: 500 * 1024 ** 2 }),
    })),
    flips: { "plan.resources": "warn" },
    shows: { expected: "below 90 % of each limit", actual: "user-service 98 %" },
  },
  {
    what: "a route leads nowhere",
    evidence: withSection(good, "routes", () => ({
      "/api/v1/trading/markets": { value: { ...answer("u", {}, 503), body: "away" } },
    })),
    flips: { "routes.trading": "fail" },
    shows: {
      expected: "200 at /api/v1/trading/execute, /api/v1/trading/markets",
      actual: "/api/v1/trading/markets: 503 away",
    },
  },
  {
    what: "a container was stopped",
    evidence: withContainer(good, "user-service", { status: "exited", exitCode: 137 }),
    flips: {
      "containers.running.user": "fail",
      // What cannot be seen on a stopped container is not claimed.
      "containers.healthy.user": "skipped",
      "containers.restarts.user": "skipped",
      "containers.memory-kill.user": "skipped",
    },
    shows: { expected: "running", actual: "exited with code 137" },
  },
  {
    what: "a container was removed",
    evidence: withSection(good, "containers", () => ({
      "nft-service": { value: { exists: false } as const },
    })),
    flips: {
      "containers.running.nft": "fail",
      "containers.healthy.nft": "skipped",
      "containers.restarts.nft": "skipped",
      "containers.memory-kill.nft": "skipped",
      "containers.image.nft": "skipped",
      "containers.user.nft": "skipped",
      "containers.read-only.nft": "skipped",
      "containers.engine-socket.nft": "skipped",
      "containers.privileges.nft": "skipped",
      "containers.log-rotation.nft": "skipped",
      "limits.memory.nft": "skipped",
      "limits.swap.nft": "skipped",
      "limits.cpu.nft": "skipped",
      "network.attached.nft": "skipped",
      "network.ports.nft": "skipped",
      "inventory.labels.nft": "skipped",
      "inventory.config-hash.nft": "skipped",
    },
    shows: { expected: "running", actual: "does not exist" },
  },
  container({
    what: "a container is not healthy",
    change: { health: "unhealthy", healthOutput: "connect: refused" },
    flips: { "containers.healthy.redis": "fail" },
    shows: { expected: "healthy", actual: "unhealthy: connect: refused" },
  }),
  container({
    what: "a container has no health check",
    change: { health: "none" },
    flips: { "containers.healthy.redis": "fail" },
    shows: { expected: "healthy", actual: "none" },
  }),
  container({
    what: "a container keeps ending",
    change: { restartCount: 4, startedAt: "2026-01-01T00:09:30Z" },
    flips: { "containers.restarts.redis": "fail" },
    shows: { expected: "0 restarts", actual: "4 restarts, up for 30 s since the last" },
  }),
  container({
    what: "a container was restarted long ago",
    change: { restartCount: 1 },
    flips: { "containers.restarts.redis": "warn" },
  }),
  container({
    what: "a container was killed for its memory",
    change: { oomKilled: true },
    flips: { "containers.memory-kill.redis": "fail" },
    shows: { expected: "never killed", actual: "killed" },
  }),
  container({
    what: "a container runs another image",
    change: { imageId: "sha256:other" },
    flips: { "containers.image.redis": "fail" },
    shows: { expected: "sha256:of-redis:7.2", actual: "sha256:other" },
  }),
  container({
    what: "a container runs as root",
    change: { user: "" },
    flips: { "containers.user.redis": "fail" },
    shows: { expected: "999:1000", actual: "root" },
  }),
  container({
    what: "a container runs as another user",
    change: { user: "1:1" },
    flips: { "containers.user.redis": "fail" },
    shows: { expected: "999:1000", actual: "1:1" },
  }),
  {
    what: "a container's root can be written",
    evidence: withContainer(good, "user-service", { readOnlyRoot: false }),
    flips: { "containers.read-only.user": "fail" },
    shows: { expected: "read-only", actual: "writable" },
  },
  {
    what: "a container has the engine's socket",
    evidence: withContainer(good, "user-service", {
      mounts: [
        { type: "bind", source: "/run/docker.sock", target: "/s", writable: true },
        { type: "bind", source: "/etc/hosts", target: "/h", writable: false },
      ],
    }),
    flips: { "containers.engine-socket.user": "fail" },
    shows: { expected: "none", actual: "/run/docker.sock" },
  },
  container({
    what: "a container is privileged in every way",
    change: { privileged: true, capabilitiesDropped: [], securityOptions: [] },
    flips: { "containers.privileges.redis": "fail" },
    shows: {
      expected: "no capabilities, no new privileges",
      actual: "privileged, keeps capabilities, may gain privileges",
    },
  }),
  container({
    what: "a container may gain privileges",
    change: { securityOptions: ["seccomp=unconfined", "no-new-privileges:false"] },
    flips: { "containers.privileges.redis": "fail" },
  }),
  container({
    what: "a container's log is never cut",
    change: { logOptions: {} },
    flips: { "containers.log-rotation.redis": "fail" },
    shows: { expected: "a size and a number of files", actual: "json-file any number × any size" },
  }),
  {
    what: "the memory limit was changed, in the engine and the kernel",
    evidence: withContainer(
      withCgroup("user-service", { memoryBytes: 256 * 1024 ** 2 }),
      "user-service",
      { memoryBytes: 256 * 1024 ** 2 },
    ),
    flips: { "limits.memory.user": "fail" },
    shows: { expected: 512 * 1024 ** 2, actual: 256 * 1024 ** 2 },
  },
  {
    what: "the kernel does not enforce the memory limit",
    evidence: withCgroup("user-service", { memoryBytes: null }),
    flips: { "limits.memory.user": "fail" },
    shows: { expected: 512 * 1024 ** 2, actual: "engine 512 MiB, kernel without limit" },
  },
  {
    what: "a container may swap",
    evidence: withContainer(
      withCgroup("user-service", { memorySwapBytes: 1024 ** 3 }),
      "user-service",
      { memorySwapBytes: 1024 ** 3 },
    ),
    flips: { "limits.swap.user": "fail" },
    shows: { expected: 512 * 1024 ** 2, actual: 1024 ** 3 },
  },
  {
    what: "a container's CPU limit is another one in the kernel",
    evidence: withCgroup("user-service", { nanoCpus: 1_000_000_000 }),
    flips: { "limits.cpu.user": "fail" },
    shows: { expected: 500_000_000, actual: "engine 0.5 CPU, kernel 1 CPU" },
  },
  {
    what: "a network is gone",
    evidence: withSection(good, "networks", () => ({
      "astratrade-dev-nft": {
        value: { exists: false, internal: false, members: [], labels: {} },
      },
    })),
    flips: { "network.settings.nft": "fail", "network.members.nft": "fail" },
    shows: { expected: "with a way out", actual: "does not exist" },
  },
  {
    what: "a container was put into another's network",
    evidence: withSection(good, "networks", (all) => ({
      "astratrade-dev-nft": merged(all["astratrade-dev-nft"], {
        members: ["api-gateway", "nft-service", "prometheus", "redis", "social-service"],
      }),
    })),
    flips: { "network.members.nft": "fail" },
    shows: {
      expected: "api-gateway, nft-service, prometheus, redis",
      actual: "also social-service",
    },
  },
  {
    what: "a running container was taken out of a network",
    evidence: withSection(good, "networks", (all) => ({
      "astratrade-dev-nft": merged(all["astratrade-dev-nft"], {
        members: ["api-gateway", "nft-service", "prometheus"],
      }),
    })),
    flips: { "network.members.nft": "fail" },
    shows: { expected: "api-gateway, nft-service, prometheus, redis", actual: "without redis" },
  },
  {
    what: "a container was paused",
    evidence: withContainer(good, "user-service", { status: "paused" }),
    flips: {
      "containers.running.user": "fail",
      "containers.healthy.user": "skipped",
      "containers.restarts.user": "skipped",
      "containers.memory-kill.user": "skipped",
    },
    shows: { expected: "running", actual: "paused" },
  },
  {
    what: "a container has a network of its own beside those that were decided",
    evidence: withContainer(good, "nft-service", {
      networks: { "astratrade-dev-nft": "172.20.0.2", bridge: "172.17.0.2" },
    }),
    flips: { "network.attached.nft": "fail" },
    shows: { expected: "astratrade-dev-nft", actual: "astratrade-dev-nft, bridge" },
  },
  {
    what: "a port is open to everybody",
    evidence: withContainer(good, "redis", {
      ports: [{ hostIp: "0.0.0.0", hostPort: 6379, containerPort: 6379 }],
    }),
    flips: { "network.ports.redis": "fail" },
    shows: { expected: "127.0.0.1:6379->6379", actual: "0.0.0.0:6379->6379" },
  },
  {
    what: "a service does not reach Redis",
    evidence: reachability("nft-service", "redis", false),
    flips: { "network.reaches.nft": "fail" },
    shows: { expected: "redis", actual: "not redis" },
  },
  {
    what: "the gateway does not reach a service",
    evidence: reachability("api-gateway", "nft-service", false),
    flips: { "network.reaches.gateway": "fail" },
  },
  {
    what: "a service reaches one it does not call",
    evidence: reachability("nft-service", "user-service", true),
    flips: { "network.isolated.nft": "fail" },
    shows: { expected: "none", actual: "user-service at user-service:8004" },
  },
  {
    what: "a service reaches the gateway's admin port",
    evidence: reachability("nft-service", "api-gateway", true),
    flips: { "network.isolated.nft": "fail", "network.admin.gateway": "fail" },
    shows: { expected: "none", actual: "api-gateway at api-gateway:8100" },
  },
  {
    what: "nobody knows whether a service reaches the gateway's admin port",
    evidence: withSection(good, "reachability", (items) => ({
      ...items,
      "nft-service": { error: "bash ended with 1" },
    })),
    flips: {
      "network.reaches.nft": "error",
      "network.isolated.nft": "error",
      "network.admin.gateway": "error",
    },
  },
  {
    what: "the gateway's admin port is published",
    evidence: withContainer(good, "api-gateway", {
      ports: [
        { hostIp: "127.0.0.1", hostPort: 8000, containerPort: 8000 },
        { hostIp: "127.0.0.1", hostPort: 9999, containerPort: 8100 },
      ],
    }),
    flips: { "network.ports.gateway": "fail", "network.admin.gateway": "fail" },
  },
  {
    what: "a volume is gone",
    evidence: withSection(good, "volumes", () => ({
      "astratrade-dev-redis-data": {
        value: { exists: false, driver: "", createdAt: null, labels: {} },
      },
    })),
    flips: { "data.volume.redis-data": "fail" },
    shows: { expected: "exists", actual: "does not exist" },
  },
  container({
    what: "Redis writes beside its volume",
    change: { mounts: [] },
    flips: { "data.mounted.redis-data": "fail" },
    shows: { expected: "mounted, writable", actual: "not mounted" },
  }),
  container({
    what: "Redis cannot write to its volume",
    change: {
      mounts: [
        { type: "volume", source: "astratrade-dev-redis-data", target: "/data", writable: false },
      ],
    },
    flips: { "data.mounted.redis-data": "fail" },
    shows: { expected: "mounted, writable", actual: "mounted, read-only" },
  }),
  {
    what: "Redis appends nothing",
    evidence: withSection(good, "redis", () => ({ appendOnly: "no" })),
    flips: { "data.append-only": "fail" },
    shows: {
      expected: "appendonly yes, files there",
      actual: "appendonly no, files there",
    },
  },
  {
    what: "Redis says that it appends, but there is no file",
    evidence: withSection(good, "redis", () => ({ appendOnlyFiles: false })),
    flips: { "data.append-only": "fail" },
  },
  {
    what: "Redis is loading",
    evidence: withSection(good, "redis", () => ({
      ping: { exitCode: 0, output: "LOADING Redis is loading the dataset in memory" },
    })),
    flips: { "redis.ping": "fail" },
    shows: { expected: "PONG", actual: "LOADING Redis is loading the dataset in memory" },
  },
  {
    what: "Redis lets anybody write",
    evidence: withSection(good, "redis", () => ({
      unauthenticatedWrite: { exitCode: 0, output: "OK" },
    })),
    flips: { "redis.unauthenticated-write": "fail" },
    shows: { expected: "NOPERM or NOAUTH", actual: "OK" },
  },
  {
    what: "a container, a network and a volume are left over",
    evidence: withSection(good, "inventory", ({ containers, networks, volumes }) => ({
      containers: [...containers, "old-service"],
      networks: [...networks, "astratrade-dev-old"],
      volumes: [...volumes, "astratrade-dev-old-data"],
    })),
    flips: {
      "inventory.containers": "fail",
      "inventory.networks": "fail",
      "inventory.volumes": "fail",
    },
    shows: { expected: "none", actual: "old-service" },
  },
  {
    what: "a network and a volume have no labels",
    evidence: withSection(
      withSection(good, "networks", (all) => ({
        "astratrade-dev-nft": merged(all["astratrade-dev-nft"], { labels: {} }),
      })) as typeof good,
      "volumes",
      (all) => ({
        "astratrade-dev-redis-data": merged(all["astratrade-dev-redis-data"], {
          labels: { [labels.project]: "astratrade", [labels.stack]: "other" },
        }),
      }),
    ),
    flips: { "inventory.networks-labelled": "fail", "inventory.volumes-labelled": "fail" },
    shows: { expected: "all labelled", actual: "without: astratrade-dev-nft" },
  },
  container({
    what: "a container is of another release",
    change: { labels: { ...redisLabels, [labels.release]: "0.0.9" } },
    flips: { "inventory.labels.redis": "fail" },
  }),
  container({
    what: "a container has another configuration",
    change: { labels: { ...redisLabels, [labels.configHash]: "other" } },
    flips: { "inventory.config-hash.redis": "fail" },
    shows: { expected: "hash-of-redis", actual: "other" },
  }),
];

it("a limit that took longer than its window to reach is not judged", () => {
  const slow = withSection(good, "rateLimit", () => ({ durationMs: 61_000, admitted: 210 }));
  expect(outcomesOf(deployment, slow)["plan.rate-limit"]).toEqual({
    status: "error",
    reason: "210 requests took 61 s, which is longer than the window",
  });
});

describe("one thing wrong flips exactly its checks:", () => {
  it.each(mutations)("$what", ({ evidence, flips: expected, shows }) => {
    expect(flips(deployment, good, evidence)).toEqual(expected);
    if (shows === undefined) return;
    const [first = ""] = Object.keys(expected);
    expect(outcomesOf(deployment, evidence)[first]).toMatchObject(shows);
  });

  it("and every kind of check has been seen to fail or warn", () => {
    const kindOf = (id: string): string => id.split(".").slice(0, 2).join(".");
    const seen = new Set(
      mutations.flatMap(({ flips: flipped }) =>
        Object.entries(flipped)
          .filter(([, status]) => status === "fail" || status === "warn")
          .map(([id]) => (id.startsWith("routes.") ? "routes" : kindOf(id))),
      ),
    );
    const unseen = checksFor(deployment, "")
      .map(({ id }) => (id.startsWith("routes.") ? "routes" : kindOf(id)))
      .filter((kind) => !seen.has(kind));
    // The two that this deployment does not have are below and in stack.test.ts.
    expect([...new Set(unseen)]).toEqual(["stack.deployment", "plan.grafana"]);
  });
});

it("Grafana, where there is one, fails when it does not answer", () => {
  const containers = deployment.containers.flatMap((it) =>
    it.role === "prometheus"
      ? [it, { ...it, name: "grafana", service: "grafana", role: "grafana" as const }]
      : [it],
  );
  const full = deploymentFixture({
    containers,
    grafanaUrl: "http://127.0.0.1:3000",
    notAvailable: [],
  });
  const all = evidenceFixture(full);
  expect(outcomesOf(full, all)["plan.grafana"]).toMatchObject({ status: "pass" });
  const broken: Evidence = { ...all, grafana: { value: answer("u", {}, 503) } };
  expect(flips(full, all, broken)).toEqual({ "plan.grafana": "fail" });
});

function limit({
  change,
  ...rest
}: Pick<Mutation, "what" | "shows"> & { readonly change: Partial<RateLimitFacts> }): Mutation {
  return {
    ...rest,
    evidence: withSection(good, "rateLimit", () => change),
    flips: { "plan.rate-limit": "fail" },
  };
}

function gateway(change: Partial<GatewayFacts>): Evidence {
  return withSection(good, "gateway", () => change);
}

function trade(change: Partial<TradeFacts>): Evidence {
  return withSection(good, "trade", () => change);
}

/** Something wrong with the Redis container. */
function container({
  change,
  ...rest
}: Omit<Mutation, "evidence"> & { readonly change: Partial<ContainerFacts> }): Mutation {
  return { ...rest, evidence: withContainer(good, "redis", change) };
}

function withCgroup(name: string, change: object): typeof good {
  return withSection(good, "cgroups", (all) => ({
    [name]: merged(all[name], change),
  })) as typeof good;
}

function reachability(source: string, target: string, connected: boolean): Evidence {
  return withSection(good, "reachability", (all) => {
    const own = all[source];
    if (own === undefined || !("value" in own)) throw new Error(`no attempts from ${source}`);
    const attempts = own.value.map((attempt) =>
      attempt.target === target ? { ...attempt, connected } : attempt,
    );
    return { [source]: { value: attempts } };
  });
}

function merged<T extends object>(item: { value: T } | object | undefined, change: object) {
  if (item === undefined || !("value" in item)) throw new Error("the fixture lacks the item");
  return { value: { ...item.value, ...change } };
}
