import { Counter, Gauge, Histogram, type Registry } from "prom-client";

/** What the gateway alone counts. Names are those that alerts and dashboards use. */
export interface GatewayMetrics {
  readonly upstreamRequests: Counter<"service" | "outcome">;
  readonly upstreamDurations: Histogram<"service">;
  readonly upstreamInstances: Gauge<"service" | "state">;
  readonly fallbacks: Counter<"service" | "kind">;
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
    registrySyncedAt: new Gauge({
      name: "gateway_registry_last_sync_timestamp_seconds",
      help: "When the registry was last read.",
      registers,
    }),
  };
}
