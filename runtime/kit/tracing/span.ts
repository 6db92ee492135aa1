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

/** A piece of work that has ended. */
export interface Span extends SpanContext {
  readonly name: string;
  readonly kind: "server" | "client" | "consumer";
  readonly correlationId: string;
  /** Unix time. */
  readonly startMs: number;
  readonly durationMs: number;
  readonly ok: boolean;
  readonly attributes: Readonly<Record<string, string | number | boolean>>;
}
