import { Counter, Gauge, Histogram, type Registry } from "prom-client";

/** What the gateway alone counts. Names are those that alerts and dashboards use. */
export interface GatewayMetrics {
  readonly upstreamRequests: Counter<"service" | "outcome">;
  readonly upstreamDurations: Histogram<"service">;
  /** `result`: how the second attempt ended, in the words of the first; `no_budget` where there was none. */
  readonly retries: Counter<"service" | "result">;
  readonly retryBudgetUsed: Gauge<"service">;
  readonly upstreamInstances: Gauge<"service" | "state">;
  readonly fallbacks: Counter<"service" | "kind">;
  readonly circuitState: Gauge<"service">;
  readonly circuitTransitions: Counter<"service" | "from" | "to" | "reason">;
  readonly circuitRejections: Counter<"service">;
  readonly rateLimitDecisions: Counter<"decision" | "mode">;
  readonly rateLimitRedisDurations: Histogram;
  readonly rateLimitDegraded: Gauge;
  readonly registrySyncedAt: Gauge;
}

export function createGatewayMetrics(registry: Registry): GatewayMetrics {
  const registers = [registry];
  return {
    upstreamRequests: new Counter({
      name: "gateway_upstream_requests_total",
      help: "Attempts to have a request answered by an instance, by how they ended.",
      labelNames: ["service", "outcome"],
      registers,
    }),
    upstreamDurations: new Histogram({
      name: "gateway_upstream_duration_seconds",
      help: "Time from handing a request to an instance to the end of its answer.",
      labelNames: ["service"],
      buckets: [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10],
      registers,
    }),
    retries: new Counter({
      name: "gateway_retries_total",
      help: "Requests that were to be tried on another instance, by what came of it.",
      labelNames: ["service", "result"],
      registers,
    }),
    retryBudgetUsed: new Gauge({
      name: "gateway_retry_budget_ratio",
      help: "Part of the repetitions allowed in the last 10 s that was used, 0 to 1.",
      labelNames: ["service"],
      registers,
    }),
    upstreamInstances: new Gauge({
      name: "gateway_upstream_instances",
      help: "Instances that are known, by whether requests go to them.",
      labelNames: ["service", "state"],
      registers,
    }),
    fallbacks: new Counter({
      name: "gateway_fallback_responses_total",
      help: "Answers given in a service's place.",
      labelNames: ["service", "kind"],
      registers,
    }),
    circuitState: new Gauge({
      name: "gateway_circuit_state",
      help: "State of a service's breaker: 0 closed, 1 half-open, 2 open.",
      labelNames: ["service"],
      registers,
    }),
    circuitTransitions: new Counter({
      name: "gateway_circuit_transitions_total",
      help: "Changes of a service's breaker, by why.",
      labelNames: ["service", "from", "to", "reason"],
      registers,
    }),
    circuitRejections: new Counter({
      name: "gateway_circuit_rejections_total",
      help: "Requests that a service's breaker kept from it.",
      labelNames: ["service"],
      registers,
    }),
    rateLimitDecisions: new Counter({
      name: "gateway_ratelimit_decisions_total",
      help: "Requests allowed or refused, by who decided: redis, local while Redis is away, or known from its last refusal.",
      labelNames: ["decision", "mode"],
      registers,
    }),
    rateLimitRedisDurations: new Histogram({
      name: "gateway_ratelimit_redis_duration_seconds",
      help: "Time that Redis took to decide on a batch of requests.",
      buckets: [0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 1],
      registers,
    }),
    rateLimitDegraded: new Gauge({
      name: "gateway_ratelimit_degraded",
      help: "1 while this gateway limits by what it has seen itself, since Redis does not answer in time.",
      registers,
    }),
    registrySyncedAt: new Gauge({
      name: "gateway_registry_last_sync_timestamp_seconds",
      help: "When the registry was last read.",
      registers,
    }),
  };
}
