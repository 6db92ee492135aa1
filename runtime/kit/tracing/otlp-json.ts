import type { Span, SpanAttributes, SpanKind, SpanResource } from "./span.ts";
import type { ToUnixMs } from "./wall-time.ts";

/**
 * Spans as the body of an OTLP/HTTP export request in JSON, after the OpenTelemetry protocol 1.x: ids in hexadecimal, 64-bit
 * numbers as text.
 */
export function toOtlpJson(
  spans: readonly Span[],
  resource: SpanResource,
  toUnixMs: ToUnixMs,
): string {
  return JSON.stringify({
    resourceSpans: [
      {
        resource: { attributes: toAttributes(resourceAttributes(resource)) },
        scopeSpans: [
          {
            scope: { name: "astratrade" },
            spans: spans.map((span) => toOtlpSpan(span, toUnixMs)),
          },
        ],
      },
    ],
  });
}

function resourceAttributes(resource: SpanResource): SpanAttributes {
  return {
    "service.namespace": "astratrade",
    "service.name": resource.service,
    "service.instance.id": resource.instance,
    "service.version": resource.version,
    "deployment.environment": resource.environment,
    "deployment.environment.name": resource.environment,
  };
}

function toOtlpSpan(span: Span, toUnixMs: ToUnixMs) {
  const startMs = toUnixMs(span.startedMs);
  return {
    traceId: span.traceId,
    spanId: span.spanId,
    ...(span.parentSpanId === null ? {} : { parentSpanId: span.parentSpanId }),
    flags: span.sampled ? 1 : 0,
    name: span.name,
    kind: kindNumbers[span.kind],
    startTimeUnixNano: toNanoseconds(startMs),
    endTimeUnixNano: toNanoseconds(startMs + span.durationMs),
    attributes: toAttributes({ ...span.attributes, "astra.correlation_id": span.correlationId }),
    status: span.ok ? {} : { code: statusError },
  };
}

/** SPAN_KIND_… of the protocol. */
const kindNumbers: Readonly<Record<SpanKind, number>> = { server: 2, client: 3, consumer: 5 };
const statusError = 2;

/** Exact to a microsecond: a nanosecond of today does not fit into a float. */
function toNanoseconds(unixMs: number): string {
  return `${Math.round(unixMs * 1000)}000`;
}

function toAttributes(attributes: SpanAttributes) {
  return Object.entries(attributes).flatMap(([key, value]) =>
    value === undefined ? [] : [{ key, value: toAnyValue(value) }],
  );
}

function toAnyValue(value: string | number | boolean) {
  if (typeof value === "string") return { stringValue: value };
  if (typeof value === "boolean") return { boolValue: value };
  return Number.isSafeInteger(value) ? { intValue: String(value) } : { doubleValue: value };
}
