import { Counter, type Registry } from "prom-client";

const exportOutcomes = ["sent", "rejected", "failed"] as const;
const dropReasons = [
  "export_queue_full",
  "store_queue_full",
  "redis_away",
  "redis_refused",
  "too_many_of_one_id",
] as const;

export interface TracingMetrics {
  readonly exported: Counter<"outcome">;
  readonly stored: Counter;
  readonly dropped: Counter<"reason">;
}

export function createTracingMetrics(registry: Registry): TracingMetrics {
  const registers = [registry];
  const metrics = {
    exported: new Counter({
      name: "trace_spans_exported_total",
      help: "Spans of sampled traces handed to the collector, by what became of them.",
      labelNames: ["outcome"],
      registers,
    }),
    stored: new Counter({
      name: "trace_spans_stored_total",
      help: "Spans written to the store of recent traces.",
      registers,
    }),
    dropped: new Counter({
      name: "trace_spans_dropped_total",
      help: "Spans that were worth keeping and went nowhere, by the reason.",
      labelNames: ["reason"],
      registers,
    }),
  } satisfies TracingMetrics;
  for (const outcome of exportOutcomes) metrics.exported.inc({ outcome }, 0);
  for (const reason of dropReasons) metrics.dropped.inc({ reason }, 0);
  return metrics;
}
