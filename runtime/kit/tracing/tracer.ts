import { AsyncLocalStorage } from "node:async_hooks";
import type { Random } from "../clock.ts";
import type { Sampler } from "./sampling.ts";
import type { Span, SpanContext } from "./span.ts";
import { parseTraceparent } from "./traceparent.ts";

/** Begins spans, and takes those that have ended to where they are kept. */
export interface Tracer {
  /**
   * @param traceparent as it came; one that is not valid begins a new trace
   * @param trusted whether the sender's decision to sample counts
   */
  begin(traceparent: string | undefined, trusted: boolean): SpanContext;
  /** For a span that is part of another one in the same process. */
  newSpanId(): string;
  /**
   * Never waits and never fails: what cannot be kept is counted and dropped. Callers ask `isWorthKeeping` first, so that
   * nothing is made of a span that goes nowhere.
   */
  end(span: Span): void;
  /** Runs work as part of a span: {@link Tracer.current} is that span until the work's promise settles. */
  run<Result>(context: SpanContext, work: () => Result): Result;
  current(): SpanContext | undefined;
  /** Sends what is queued, for two seconds at most. */
  stop(): Promise<void>;
}

/** Where ended spans go. */
export interface SpanSink {
  /** Never waits and never fails. */
  add(span: Span): void;
  stop(): Promise<void>;
}

export interface TracerOptions {
  readonly random: Random;
  readonly sampler: Sampler;
  readonly sinks: readonly SpanSink[];
}

export function createTracer({ random, sampler, sinks }: TracerOptions): Tracer {
  const ambient = new AsyncLocalStorage<SpanContext>();

  function newTrace(): SpanContext {
    const traceId = nonZero(random, 16);
    return { traceId, spanId: newSpanId(), parentSpanId: null, sampled: sampler(traceId) };
  }

  function newSpanId(): string {
    return nonZero(random, 8);
  }

  return {
    begin: (traceparent, trusted) => {
      const parent = traceparent === undefined ? null : parseTraceparent(traceparent);
      if (parent === null) return newTrace();
      const { traceId, spanId: parentSpanId } = parent;
      const sampled = trusted ? parent.sampled : sampler(traceId);
      return { traceId, spanId: newSpanId(), parentSpanId, sampled };
    },
    newSpanId,
    end: (span) => {
      for (const sink of sinks) sink.add(span);
    },
    run: (context, work) => ambient.run(context, work),
    current: () => ambient.getStore(),
    stop: async () => {
      await Promise.all(sinks.map((sink) => sink.stop()));
    },
  };
}

/** An id of zeros alone means "none" in the standard. */
function nonZero(random: Random, bytes: number): string {
  const id = random.hex(bytes);
  return allZero.test(id) ? `${id.slice(0, -1)}1` : id;
}

const allZero = /^0*$/;

/** Gives every request its place in a trace, and keeps nothing. */
export function silentTracer(random: Random): Tracer {
  return createTracer({ random, sampler: () => false, sinks: [] });
}
