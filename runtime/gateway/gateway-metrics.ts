import { Counter, Gauge, type Registry } from "prom-client";
import { serviceNames } from "../../catalog/services.ts";
import { latencyBuckets } from "../kit/metrics.ts";
import { QuickCounter, QuickHistogram } from "../kit/quick-metrics.ts";
import { shedReasons } from "./stages/shed.ts";
import { cpuThrottlingReader } from "./cpu-throttling.ts";

/** What the gateway alone counts. Names are those that alerts and dashboards use. */
export interface GatewayMetrics {
  readonly upstreamRequests: QuickCounter<"service" | "outcome">;
  readonly upstreamDurations: QuickHistogram<"service">;
  /** `result`: how the second attempt ended, in the words of the first; `no_budget` where there was none. */
  readonly retries: Counter<"service" | "result">;
  readonly retryBudgetUsed: Gauge<"service">;
  readonly upstreamInstances: Gauge<"service" | "state">;
  readonly fallbacks: Counter<"service" | "kind">;
  readonly circuitState: Gauge<"service">;
  readonly circuitTransitions: Counter<"service" | "from" | "to" | "reason">;
  readonly circuitRejections: Counter<"service">;
  readonly rateLimitDecisions: QuickCounter<"decision" | "mode">;
  readonly rateLimitRedisDurations: QuickHistogram;
  readonly rateLimitDegraded: Gauge;
  /** `reason`: why the request was turned away; `connections` for a connection beyond the most there may be. */
  readonly shedRequests: Counter<"reason">;
  readonly concurrencyLimit: Gauge;
  readonly registrySyncedAt: Gauge;
  readonly redisUp: Gauge;
}

/** @param release shown by `gateway_build_info` */
export function createGatewayMetrics(registry: Registry, release = "unknown"): GatewayMetrics {
  const registers = [registry];
  describeBuild(registry, release);
  countThrottling(registry);
  const metrics: GatewayMetrics = {
    upstreamRequests: new QuickCounter({
      name: "gateway_upstream_requests_total",
      help: "Attempts to have a request answered by an instance, by how they ended.",
      labelNames: ["service", "outcome"],
      registers,
    }),
    upstreamDurations: new QuickHistogram({
      name: "gateway_upstream_duration_seconds",
      help: "Time from handing a request to an instance to the end of its answer.",
      labelNames: ["service"],
      buckets: latencyBuckets,
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
    rateLimitDecisions: new QuickCounter({
      name: "gateway_ratelimit_decisions_total",
      help: "Requests allowed or refused, by who decided: redis, local while Redis is away, or known from its last refusal.",
      labelNames: ["decision", "mode"],
      registers,
    }),
    rateLimitRedisDurations: new QuickHistogram({
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
    shedRequests: new Counter({
      name: "gateway_shed_requests_total",
      help: "Requests to services turned away since too much was under way, and connections closed for the same reason.",
      labelNames: ["reason"],
      registers,
    }),
    concurrencyLimit: new Gauge({
      name: "gateway_concurrency_limit",
      help: "Requests to services that may be under way at once, by how the process keeps up.",
      registers,
    }),
    registrySyncedAt: new Gauge({
      name: "gateway_registry_last_sync_timestamp_seconds",
      help: "When the registry was last read.",
      registers,
    }),
    redisUp: new Gauge({
      name: "gateway_redis_up",
      help: "1 while Redis answers, else 0.",
      registers,
    }),
  };
  exportZeros(metrics);
  return metrics;
}

/** What has not happened yet is 0 and not absent: a rate over it then sees its first time. */
function exportZeros(metrics: GatewayMetrics): void {
  for (const reason of [...shedReasons, "connections"]) metrics.shedRequests.inc({ reason }, 0);
  for (const service of serviceNames) {
    for (const outcome of ["answered", "refused", "timeout", "reset"]) {
      metrics.upstreamRequests.inc({ service, outcome }, 0);
    }
    metrics.upstreamDurations.labels({ service });
    metrics.retries.inc({ service, result: "answered" }, 0);
    metrics.retries.inc({ service, result: "no_budget" }, 0);
    metrics.retryBudgetUsed.set({ service }, 0);
    metrics.circuitRejections.inc({ service }, 0);
    for (const kind of ["unavailable", "stale"]) metrics.fallbacks.inc({ service, kind }, 0);
  }
}

function describeBuild(registry: Registry, release: string): void {
  new Gauge({
    name: "gateway_build_info",
    help: "1, with what runs as labels.",
    labelNames: ["release", "node_version"],
    registers: [registry],
  }).set({ release, node_version: process.version }, 1);
}

/** A limit on CPU time is felt as pauses of up to 100 ms, and nothing else that is measured here says why. */
function countThrottling(registry: Registry): void {
  const read = cpuThrottlingReader();
  const count = (
    name: string,
    help: string,
    of: (found: NonNullable<Awaited<ReturnType<typeof read>>>) => number,
  ): void => {
    let counted = 0;
    new Counter({
      name,
      help,
      registers: [registry],
      async collect() {
        const found = await read();
        // Never less than before, or it would count as a restart.
        const value = Math.max(counted, found === null ? 0 : of(found));
        this.inc(value - counted);
        counted = value;
      },
    });
  };
  count(
    "gateway_cpu_periods_total",
    "Periods that the CPU limit is counted in.",
    (it) => it.periods,
  );
  count(
    "gateway_cpu_throttled_periods_total",
    "Those in which the container had used up its share and had to wait.",
    (it) => it.throttledPeriods,
  );
  count(
    "gateway_cpu_throttled_seconds_total",
    "Time that it had to wait.",
    (it) => it.throttledSeconds,
  );
}
