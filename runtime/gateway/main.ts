import { once } from "node:events";
import type { Server } from "node:http";
import { setTimeout as sleep } from "node:timers/promises";
import type { RuntimeEnv } from "../../catalog/runtime-env.ts";
import { serviceNames } from "../../catalog/services.ts";
import { steadyClock, systemClock, systemRandom } from "../kit/clock.ts";
import { startConsumer } from "../kit/consumer.ts";
import type { LogOutput } from "../kit/logger.ts";
import { createEventMetrics } from "../kit/metrics.ts";
import { openRedisLink, type RedisAddress } from "../kit/redis.ts";
import { createDrain, type Drain, endOnSignal, type ShutdownStep } from "../kit/shutdown.ts";
import { openTracer } from "../kit/tracing/open-tracer.ts";
import { readTrace } from "../kit/tracing/read-trace.ts";
import { startAdmin } from "./admin/start-admin.ts";
import { createBreakers } from "./breaker/breakers.ts";
import { checkReady } from "./breaker/check-ready.ts";
import { reportChanges } from "./breaker/report-changes.ts";
import { watchReturns } from "./breaker/watch-returns.ts";
import { exportConnections } from "./connection-metrics.ts";
import { startDiscovery } from "./discovery.ts";
import { createGatewayMetrics, type GatewayMetrics } from "./gateway-metrics.ts";
import { createGateway } from "./gateway.ts";
import { countTrades, gatewayClient, readKpis } from "./kpis.ts";
import { openIdentity } from "./identity/open-identity.ts";
import { openShedding } from "./shed/open-shedding.ts";
import { createPages } from "./pages.ts";
import { reportDecisions } from "./rate-limit/report-decisions.ts";
import { createSharedLimiter } from "./rate-limit/shared-limiter.ts";
import { openSharedLog } from "./rate-limit/shared-log.ts";
import { createRegistry, parseSeeds, type Registry } from "./registry.ts";
import { createRequestMetrics } from "./request-metrics.ts";
import { createGatewayServer } from "./server-options.ts";
import { createUpstreams } from "./upstreams.ts";
import { warmUp } from "./warm-up.ts";

/** Time for a balancer before the gateway to see that it is ending. */
const drainMs = 500;

/** Starts the gateway: listen at once, find services, count trades; on a signal the same backwards. */
export async function runGateway(env: RuntimeEnv, log: LogOutput): Promise<void> {
  const phase: Phase = { warm: false, draining: false };
  const parts = openParts(env, log);
  const server = openServer(env, log, parts, phase);
  const drain = createDrain(server);
  server.listen(env.PORT, "0.0.0.0");
  await once(server, "listening");
  log.logger.info({ port: env.PORT }, "listening");

  const tasks = startTasks(env, log, parts);
  endOnSignal(log, stepsOfEnding(drain, phase, parts, tasks));

  await warmUp(env.PORT);
  // Those were not requests of anybody.
  parts.httpMetrics.reset();
  phase.warm = true;
}

/** How far the process is, as its pages say. */
interface Phase {
  warm: boolean;
  draining: boolean;
}

type Parts = ReturnType<typeof openParts>;

/** What requests and tasks have in common. */
function openParts(env: RuntimeEnv, { logger }: LogOutput) {
  const clock = systemClock;
  const random = systemRandom;
  const httpMetrics = createRequestMetrics({ service: "gateway", instance_id: env.INSTANCE_ID });
  const metrics = createGatewayMetrics(httpMetrics.registry, env.RELEASE);
  const redis: RedisAddress = {
    host: env.REDIS_HOST,
    port: env.REDIS_PORT,
    username: env.REDIS_USERNAME,
    password: env.REDIS_PASSWORD,
  };
  const link = openRedisLink(redis, clock);
  link.onChange((state) => {
    metrics.redisUp.set(state.status === "up" ? 1 : 0);
    if (state.status === "up") logger.info("Redis is there");
    else logger.warn({ waitingFor: state.waitingFor }, "Redis is away; the last registry stays");
  });
  const tracer = openTracer({ env, link, registry: httpMetrics.registry, logger, random });
  const registry = createRegistry(clock, parseSeeds(env.SEED_INSTANCES));
  registry.onChange(() => countInstances(registry, metrics));
  const breakers = createBreakers({ registry, clock: steadyClock, random });
  reportChanges(breakers, metrics, logger);
  const upstreams = createUpstreams(registry, random);
  exportConnections(httpMetrics.registry, upstreams);
  const limiter = createSharedLimiter({
    log: openSharedLog(redis),
    random,
    listener: reportDecisions(metrics, logger),
  });
  return {
    clock,
    random,
    httpMetrics,
    metrics,
    link,
    tracer,
    registry,
    breakers,
    upstreams,
    limiter,
    load: openShedding(metrics),
    identity: openIdentity(env, { clock, logger }),
  };
}

/** The public port, not listening yet. */
function openServer(env: RuntimeEnv, log: LogOutput, parts: Parts, phase: Phase): Server {
  const { clock, random, httpMetrics, metrics, link, registry, breakers, load, identity } = parts;
  const { logger, lines } = log;
  const pages = createPages({
    env,
    clock,
    registry,
    breakers,
    linkState: () => link.state(),
    isLimiterAlone: () => parts.limiter.isDegraded(),
    readKpis: () => readKpis(link, clock),
    metrics: httpMetrics.registry,
    isWarm: () => phase.warm,
    isDraining: () => phase.draining,
  });
  const handle = createGateway({
    trustForwardedFor: env.TRUST_FORWARDED_FOR === "true",
    authMode: env.AUTH_MODE,
    shed: load.shed,
    identify: identity.identify,
    guard: { corsOrigins: env.CORS_ORIGINS.split(",").filter((origin) => origin !== "") },
    rateLimit: {
      limiter: parts.limiter,
      userPerMinute: env.RATE_LIMIT_USER,
      addressPerMinute: env.RATE_LIMIT_ADDRESS,
    },
    breakers,
    tracer: parts.tracer,
    registry,
    upstreams: parts.upstreams,
    pages,
    httpMetrics,
    metrics,
    logger,
    lines,
    random,
  });
  return createGatewayServer({
    handle,
    random,
    onDropped: () => metrics.shedRequests.inc({ reason: "connections" }),
    onRefused: ({ status, code }, correlationId) => {
      httpMetrics.refuse(status);
      logger.info({ correlationId, status, code }, "refused what is no HTTP");
    },
  });
}

type Tasks = ReturnType<typeof startTasks>;

/** What goes on beside the requests. */
function startTasks(env: RuntimeEnv, { logger }: LogOutput, parts: Parts) {
  const { clock, random, httpMetrics, link, tracer, registry, breakers, limiter } = parts;
  const returns = watchReturns({
    registry,
    breakers,
    check: checkReady,
    clock: steadyClock,
    random,
  });
  const discovery = startDiscovery({ link, registry, clock, logger });
  const admin = startAdmin({
    env,
    clock,
    random,
    logger,
    metrics: httpMetrics.registry,
    registry,
    breakers,
    readTrace: (correlationId) => readTrace(link.commands, correlationId),
    resetRateLimit: (userId) => limiter.reset(userId),
  });
  const consumer = startConsumer(countTrades(link), {
    link,
    group: gatewayClient,
    consumer: env.INSTANCE_ID,
    logger,
    metrics: createEventMetrics(httpMetrics.registry),
    tracer,
  });
  return { returns, discovery, admin, consumer };
}

function stepsOfEnding(drain: Drain, phase: Phase, parts: Parts, tasks: Tasks): ShutdownStep[] {
  const { identity, load, limiter, link, tracer, upstreams } = parts;
  const { returns, discovery, admin, consumer } = tasks;
  return [
    {
      name: "drain",
      run: async () => {
        phase.draining = true;
        drain.begin();
        await sleep(drainMs);
      },
    },
    { name: "close the server", run: () => drain.finish() },
    { name: "stop looking for instances that return", run: () => returns.stop() },
    { name: "close connections to services", run: () => upstreams.close() },
    { name: "stop counting", run: () => consumer.stop() },
    { name: "send the last spans", run: () => tracer.stop() },
    { name: "close the admin port", run: () => admin.close() },
    {
      name: "close Redis",
      run: () => {
        identity.stop();
        load.stop();
        discovery.stop();
        limiter.close();
        link.close();
      },
    },
  ];
}

function countInstances(registry: Registry, metrics: GatewayMetrics): void {
  const { instances, readAtMs } = registry.snapshot();
  for (const service of serviceNames) {
    const known = (instances.get(service) ?? []).length;
    const usable = registry.usable(service).length;
    metrics.upstreamInstances.set({ service, state: "healthy" }, usable);
    metrics.upstreamInstances.set({ service, state: "ejected" }, known - usable);
  }
  if (readAtMs !== null) metrics.registrySyncedAt.set(readAtMs / 1000);
}
