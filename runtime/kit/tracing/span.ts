/** The place of one piece of work in a trace: W3C Trace Context, Level 1. */
export interface SpanContext {
  /** 32 lower-case hexadecimal digits, not all zero. */
  readonly traceId: string;
  /** 16 lower-case hexadecimal digits, not all zero. */
  readonly spanId: string;
  /** Span that this one is part of; null where the trace begins. */
  readonly parentSpanId: string | null;
  /** Whether the trace's spans are exported. */
  readonly sampled: boolean;
}

export const spanKinds = ["server", "client", "consumer"] as const;
export type SpanKind = (typeof spanKinds)[number];

/** A piece of work that has ended. Attributes have the names of OpenTelemetry's semantic conventions. */
export interface Span extends SpanContext {
  readonly name: string;
  readonly kind: SpanKind;
  readonly correlationId: string;
  /** `performance.now()` when it began; where spans are kept it becomes Unix time. */
  readonly startedMs: number;
  readonly durationMs: number;
  /** False when the work failed on our side: a status of 500 and above, a connection refused, a handler that threw. */
  readonly ok: boolean;
  readonly attributes: SpanAttributes;
}

/** Undefined values are left out. */
export type SpanAttributes = Readonly<Record<string, string | number | boolean | undefined>>;

/** Whose spans they are; the same for all spans of a process. */
export interface SpanResource {
  readonly service: string;
  readonly instance: string;
  /** The release. */
  readonly version: string;
  /** The stack. */
  readonly environment: string;
}
