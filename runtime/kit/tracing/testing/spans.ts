import { Registry } from "prom-client";
import type { Span, SpanResource } from "../span.ts";
import type { SpanSink } from "../tracer.ts";
import { createTracingMetrics } from "../tracing-metrics.ts";

export const testResource: SpanResource = {
  service: "trading",
  instance: "trading-1",
  version: "r1",
  environment: "test",
};

/** A span with these parts; the rest is the same every time. */
export function testSpan(parts: Partial<Span> = {}): Span {
  return {
    traceId: "4bf92f3577b34da6a3ce929d0e0e4736",
    spanId: "00f067aa0ba902b7",
    parentSpanId: null,
    sampled: true,
    name: "POST /api/v1/trading/execute",
    kind: "server",
    correlationId: "plan-1",
    startedMs: 100.25,
    durationMs: 12.5,
    ok: true,
    attributes: {},
    ...parts,
  };
}

/** Keeps every span it gets, for a test to look at. */
export function collectSpans(): SpanSink & { readonly spans: Span[] } {
  const spans: Span[] = [];
  return { spans, add: (span) => void spans.push(span), stop: () => Promise.resolve() };
}

/** Metrics, and their values without those that are zero: `name{labels}` → value. */
export function testMetrics() {
  const registry = new Registry();
  const metrics = createTracingMetrics(registry);
  return {
    metrics,
    values: async (): Promise<Record<string, number>> => {
      const lines = (await registry.metrics()).split("\n").filter((line) => /^[a-z]/.test(line));
      const entries = lines.map((line) => {
        const [name = "", value = ""] = line.split(/ (?=\S+$)/);
        return [name.replaceAll('"', ""), Number(value)] as const;
      });
      return Object.fromEntries(entries.filter(([, value]) => value !== 0));
    },
  };
}
