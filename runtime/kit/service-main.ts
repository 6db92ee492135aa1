import { createAdaptorServer } from "@hono/node-server";
import { createServer, type Server } from "node:http";
import { once } from "node:events";
import { setTimeout as sleep } from "node:timers/promises";
import { paths, type ServiceHealth } from "../../catalog/endpoints.ts";
import type { RuntimeEnv } from "../../catalog/runtime-env.ts";
import { services, type ServiceName } from "../../catalog/services.ts";
import { systemClock, systemRandom } from "./clock.ts";
import { startConsumer } from "./consumer.ts";
import type { LogOutput } from "./logger.ts";
import { answerMalformed } from "./malformed.ts";
import { createEventMetrics, createHttpMetrics, createLinkMetrics } from "./metrics.ts";
import { openRedisLink } from "./redis.ts";
import { keepRegistered } from "./registration.ts";
import type { ServiceDeps, ServiceImplementation } from "./service.ts";
import { createServiceApp } from "./service-app.ts";
import { createDrain, endOnSignal } from "./shutdown.ts";
import { openTracer } from "./tracing/open-tracer.ts";

/** Time for the gateway to hear that this instance has left, before it stops accepting. */
const drainMs = 500;

/** Starts one service: listen, consume, register; on a signal the same backwards. */
export async function runService(
  name: ServiceName,
  implementation: ServiceImplementation,
  env: RuntimeEnv,
  log: LogOutput,
): Promise<void> {
  const { logger } = log;
  const clock = systemClock;
  const random = systemRandom;
  const { domain, route } = services[name];
  const startedAtMs = clock.nowMs();

  const metrics = createHttpMetrics({ service: name, instance_id: env.INSTANCE_ID });
  const linkMetrics = createLinkMetrics(metrics.registry);
  const eventMetrics = createEventMetrics(metrics.registry);
  const link = openRedisLink(
    {
      host: env.REDIS_HOST,
      port: env.REDIS_PORT,
      username: env.REDIS_USERNAME,
      password: env.REDIS_PASSWORD,
    },
    clock,
  );
  link.onChange((state) => {
    linkMetrics.redisUp.set(state.status === "up" ? 1 : 0);
    if (state.status === "up") logger.info("Redis is there");
    else logger.warn({ waitingFor: state.waitingFor }, "Redis is away");
  });

  const tracer = openTracer({ env, link, registry: metrics.registry, logger, random });
  const deps: ServiceDeps = {
    redis: link.commands,
    events: { domain, producer: `${name}@${env.INSTANCE_ID}`, clock, random, tracer },
    clock,
    random,
    logger,
    metrics: metrics.registry,
    authMode: env.AUTH_MODE,
  };

  let draining = false;
  const health = (): ServiceHealth => {
    const state = link.state();
    return {
      status: draining ? "draining" : state.status === "up" ? "healthy" : "unavailable",
      service: name,
      instance: env.INSTANCE_ID,
      release: env.RELEASE,
      startedAt: new Date(startedAtMs).toISOString(),
      registered: registration.isRegistered(),
      dependencies: {
        redis:
          state.status === "up"
            ? { status: "up" }
            : { status: "down", waitingFor: state.waitingFor },
      },
    };
  };

  const app = createServiceApp({
    service: name,
    routePrefix: `${paths.apiPrefix}/${route}`,
    routes: implementation.createRoutes(deps),
    health,
    metrics,
    logger,
    random,
    tracer,
  });
  const server = createAdaptorServer({ fetch: app.fetch, createServer, serverOptions }) as Server;
  answerMalformed(server, name, random);
  const drain = createDrain(server);
  server.listen(env.PORT, "0.0.0.0");
  await once(server, "listening");
  logger.info({ port: env.PORT }, "listening");

  const consumers = (implementation.createConsumers?.(deps) ?? []).map((definition) =>
    startConsumer(definition, {
      link,
      group: name,
      consumer: env.INSTANCE_ID,
      logger,
      metrics: eventMetrics,
      tracer,
    }),
  );
  const registration = keepRegistered(
    link,
    {
      service: name,
      instance: env.INSTANCE_ID,
      host: env.ADVERTISED_HOST,
      port: env.PORT,
      release: env.RELEASE,
      incarnation: random.hex(8),
      startedAtMs,
    },
    { random, logger },
  );

  endOnSignal(log, [
    { name: "deregister", run: () => registration.deregister() },
    {
      name: "drain",
      run: async () => {
        draining = true;
        drain.begin();
        await sleep(drainMs);
      },
    },
    {
      name: "stop consumers",
      run: async () => {
        await Promise.all(consumers.map((consumer) => consumer.stop()));
      },
    },
    { name: "close the server", run: () => drain.finish() },
    { name: "send the last spans", run: () => tracer.stop() },
    { name: "close Redis", run: () => link.close() },
  ]);
}

const serverOptions = {
  // Longer than the gateway keeps an idle connection, or it would send a request into one that is just closing.
  keepAliveTimeout: 65_000,
  headersTimeout: 10_000,
  requestTimeout: 30_000,
  connectionsCheckingInterval: 1000,
} as const;
