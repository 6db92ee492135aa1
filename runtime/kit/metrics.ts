import { Counter, Gauge, Registry } from "prom-client";
import { collectProcessMetrics } from "./process-metrics.ts";
import { QuickCounter, QuickHistogram } from "./quick-metrics.ts";

/** Must contain 0.1, the promised latency, as an edge. */
export const latencyBuckets = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10];

/**
 * What every service counts. Labels are bounded: a route is a template, never a path with ids, and no user is a
 * label.
 */
export interface HttpMetrics {
  readonly registry: Registry;
  readonly requests: QuickCounter<"route" | "method" | "code">;
  readonly durations: QuickHistogram<"route" | "method">;
}

export function createHttpMetrics(labels: Readonly<Record<string, string>>): HttpMetrics {
  const registry = createRegistry(labels);
  return {
    registry,
    requests: new QuickCounter({
      name: "http_requests_total",
      help: "Requests answered, by route template, method and status.",
      labelNames: ["route", "method", "code"],
      registers: [registry],
    }),
    durations: new QuickHistogram({
      name: "http_request_duration_seconds",
      help: "Time from the request's head to the end of the answer.",
      labelNames: ["route", "method"],
      buckets: latencyBuckets,
      registers: [registry],
    }),
  };
}

/** What a service does with events. */
export interface EventMetrics {
  readonly consumed: Counter<"stream" | "outcome">;
  readonly deadLetters: Counter<"stream">;
}

export function createEventMetrics(registry: Registry): EventMetrics {
  return {
    consumed: new Counter({
      name: "events_consumed_total",
      help: "Deliveries of events from streams, by how the handler ended.",
      labelNames: ["stream", "outcome"],
      registers: [registry],
    }),
    deadLetters: new Counter({
      name: "events_dead_lettered_total",
      help: "Events given up on after the last attempt.",
      labelNames: ["stream"],
      registers: [registry],
    }),
  };
}

/** Whether this process can use Redis, and whether it is registered. */
export interface LinkMetrics {
  readonly redisUp: Gauge;
}

export function createLinkMetrics(registry: Registry): LinkMetrics {
  return {
    redisUp: new Gauge({
      name: "redis_up",
      help: "1 while Redis answers, else 0.",
      registers: [registry],
    }),
  };
}

/** A registry with the process' own figures in it. */
export function createRegistry(labels: Readonly<Record<string, string>>): Registry {
  const registry = new Registry();
  registry.setDefaultLabels(labels);
  collectProcessMetrics(registry);
  return registry;
}
