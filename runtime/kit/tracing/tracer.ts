import type { Random } from "../clock.ts";
import type { Span, SpanContext } from "./span.ts";

/** Begins spans, and takes those that have ended to where they are kept. */
export interface Tracer {
  /**
   * @param traceparent as it came; one that is not valid begins a new trace
   * @param trusted whether the sender's decision to sample counts
   */
  begin(traceparent: string | undefined, trusted: boolean): SpanContext;
  /** Never waits and never fails: what cannot be kept is counted and dropped. */
  end(span: Span): void;
  stop(): Promise<void>;
}

/** @returns the header of the requests that a span makes */
export function formatTraceparent({ traceId, spanId, sampled }: SpanContext): string {
  return `00-${traceId}-${spanId}-${sampled ? "01" : "00"}`;
}

/** Keeps nothing. */
export function silentTracer(random: Random): Tracer {
  return {
    begin: () => ({
      traceId: random.hex(16),
      spanId: random.hex(8),
      parentSpanId: null,
      sampled: false,
    }),
    end: () => undefined,
    stop: () => Promise.resolve(),
  };
}
