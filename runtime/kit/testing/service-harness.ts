import { Registry } from "prom-client";
import { paths } from "../../../catalog/endpoints.ts";
import { services, type ServiceName } from "../../../catalog/services.ts";
import { type Clock, type Random, systemRandom } from "../clock.ts";
import { type Consumer, startConsumer } from "../consumer.ts";
import { parseEvent, type EventEnvelope } from "../events.ts";
import { silentLogger } from "../logger.ts";
import { createEventMetrics, createHttpMetrics } from "../metrics.ts";
import { redisKeys } from "../../../catalog/redis-keys.ts";
import type { ServiceDeps, ServiceImplementation } from "../service.ts";
import { createServiceApp } from "../service-app.ts";
import { silentTracer } from "../tracing/tracer.ts";
import { startTestRedis, type TestRedis } from "./redis-server.ts";

/** A service as it runs, with its own Redis user, asked in memory. */
export interface ServiceHarness {
  readonly redis: TestRedis;
  readonly deps: ServiceDeps;
  readonly clock: { nowMs: number };
  get(path: string, headers?: Record<string, string>): Promise<Answer>;
  send(
    method: "POST" | "PUT" | "DELETE",
    path: string,
    body: unknown,
    headers?: Record<string, string>,
  ): Promise<Answer>;
  /** All events of a domain, oldest first. */
  events(domain: string): Promise<EventEnvelope[]>;
  stop(): Promise<void>;
}

export interface Answer {
  readonly status: number;
  readonly headers: Headers;
  readonly body: unknown;
}

export interface HarnessOptions {
  readonly redis?: TestRedis;
  readonly authMode?: ServiceDeps["authMode"];
}

/** 2026-01-05T10:00:00Z, a Monday. */
export const testStartMs = Date.UTC(2026, 0, 5, 10);

export async function startService(
  name: ServiceName,
  implementation: ServiceImplementation,
  options: HarnessOptions = {},
): Promise<ServiceHarness> {
  const redis = options.redis ?? (await startTestRedis());
  const link = await redis.link(name);
  const time = { nowMs: testStartMs };
  const clock: Clock = { nowMs: () => time.nowMs };
  const random: Random = systemRandom;
  const tracer = silentTracer(random);
  const { domain, route } = services[name];
  const deps: ServiceDeps = {
    redis: link.commands,
    events: { domain, producer: `${name}@test`, clock, random, tracer },
    clock,
    random,
    logger: silentLogger,
    metrics: new Registry(),
    authMode: options.authMode ?? "header",
  };
  const app = createServiceApp({
    service: name,
    routePrefix: `${paths.apiPrefix}/${route}`,
    routes: implementation.createRoutes(deps),
    health: () => {
      throw new Error("The harness has no health.");
    },
    metrics: createHttpMetrics({}),
    logger: silentLogger,
    random,
    tracer,
  });
  const eventMetrics = createEventMetrics(new Registry());
  const consumers: Consumer[] = (implementation.createConsumers?.(deps) ?? []).map((definition) =>
    startConsumer(definition, {
      link,
      group: name,
      consumer: "test",
      logger: silentLogger,
      metrics: eventMetrics,
      tracer,
    }),
  );

  async function ask(path: string, init: RequestInit): Promise<Answer> {
    const response = await app.request(path, init);
    const body: unknown = await response.json();
    return { status: response.status, headers: response.headers, body };
  }

  return {
    redis,
    deps,
    clock: time,
    get: (path, headers = {}) => ask(path, { headers }),
    send: (method, path, body, headers = {}) =>
      ask(path, {
        method,
        body: typeof body === "string" ? body : JSON.stringify(body),
        headers: { "content-type": "application/json", ...headers },
      }),
    events: async (eventDomain) => {
      const entries = await redis.admin.xrange(redisKeys.eventStream(eventDomain), "-", "+");
      return entries.map(([, fields]) => parseEvent(fields));
    },
    stop: async () => {
      await Promise.all(consumers.map((consumer) => consumer.stop()));
      if (options.redis === undefined) await redis.stop();
    },
  };
}
