import { z } from "zod";
import { type Span, spanKinds, type SpanResource } from "./span.ts";

/** A span as it lies in Redis. Names are short, since there are tens of thousands of them. */
const storedSpanSchema = z.object({
  t: z.string(),
  s: z.string(),
  p: z.string().nullable(),
  x: z.boolean(),
  n: z.string(),
  k: z.enum(spanKinds),
  v: z.string(),
  i: z.string(),
  /** Unix time in ms. */
  b: z.number(),
  d: z.number(),
  o: z.boolean(),
  a: z.record(z.string(), z.union([z.string(), z.number(), z.boolean()])),
});

/** A span of somebody, with its place in time. */
export interface StoredSpan extends Omit<Span, "startedMs" | "correlationId"> {
  readonly service: string;
  readonly instance: string;
  /** Unix time. */
  readonly startMs: number;
}

/** Clients choose paths; with this bound a span has less than about 700 bytes. */
const maxTextLength = 128;

export function encodeStoredSpan(span: Span, startMs: number, resource: SpanResource): string {
  const attributes = Object.entries(span.attributes).map(([name, value]) => [
    name,
    typeof value === "string" ? value.slice(0, maxTextLength) : value,
  ]);
  return JSON.stringify({
    t: span.traceId,
    s: span.spanId,
    p: span.parentSpanId,
    x: span.sampled,
    n: span.name.slice(0, maxTextLength),
    k: span.kind,
    v: resource.service,
    i: resource.instance,
    b: toMicroseconds(startMs),
    d: toMicroseconds(span.durationMs),
    o: span.ok,
    a: Object.fromEntries(attributes),
  } satisfies Record<keyof z.input<typeof storedSpanSchema>, unknown>);
}

/**
 * @param text encoded spans with commas between them
 * @throws SyntaxError, ZodError when something else lies there
 */
export function decodeStoredSpans(text: string): StoredSpan[] {
  return z
    .array(storedSpanSchema)
    .parse(JSON.parse(`[${text}]`))
    .map((stored) => ({
      traceId: stored.t,
      spanId: stored.s,
      parentSpanId: stored.p,
      sampled: stored.x,
      name: stored.n,
      kind: stored.k,
      service: stored.v,
      instance: stored.i,
      startMs: stored.b,
      durationMs: stored.d,
      ok: stored.o,
      attributes: stored.a,
    }));
}

/** Times in ms with no more digits than mean something. */
function toMicroseconds(ms: number): number {
  return Math.round(ms * 1000) / 1000;
}
