import type { SpanContext } from "./span.ts";

/** What a caller said of the trace that its request is part of. */
export interface TraceParent {
  readonly traceId: string;
  /** The caller's span. */
  readonly spanId: string;
  readonly sampled: boolean;
}

/** `00-` + 32 + `-` + 16 + `-` + 2. */
const headerLength = 55;
const idsAndFlags = /^[0-9a-f]{2}-([0-9a-f]{32})-([0-9a-f]{16})-([0-9a-f]{2})$/;
const zeroTraceId = "0".repeat(32);
const zeroSpanId = "0".repeat(16);

/**
 * Reads a `traceparent` header as W3C Trace Context says. Of a version that is not known, only what version 00 has is read,
 * and more may follow after a dash. A header that came twice has a comma in it and is not valid.
 * @returns null for a header that is missing or not valid: then a new trace begins
 */
export function parseTraceparent(header: string | undefined): TraceParent | null {
  if (header === undefined || header.length < headerLength) return null;
  const isLonger = header.length > headerLength;
  if (isLonger && (header.startsWith("00") || header[headerLength] !== "-")) return null;
  if (header.startsWith("ff") || header.includes(",")) return null;
  const match = idsAndFlags.exec(isLonger ? header.slice(0, headerLength) : header);
  if (match === null) return null;
  const [, traceId = "", spanId = "", flags = ""] = match;
  if (traceId === zeroTraceId || spanId === zeroSpanId) return null;
  return { traceId, spanId, sampled: (Number.parseInt(flags, 16) & sampledFlag) !== 0 };
}

const sampledFlag = 1;

/** @returns the header of the requests and events that a span makes */
export function formatTraceparent({ traceId, spanId, sampled }: SpanContextIds): string {
  return sampled ? `00-${traceId}-${spanId}-01` : `00-${traceId}-${spanId}-00`;
}

type SpanContextIds = Pick<SpanContext, "traceId" | "spanId" | "sampled">;

/** The standard asks for 512 to be passed on at least; more is not worth its place in every request's head. */
const maxTracestateLength = 512;

/**
 * What other tracing systems keep in a `tracestate` header is passed on unchanged, and only together with the trace that it is
 * about.
 * @param span the span that this process has in the trace
 * @returns undefined where nothing is to be passed on
 */
export function passOnTracestate(
  header: string | undefined,
  span: Pick<SpanContext, "parentSpanId"> | undefined,
): string | undefined {
  if (header === undefined || header === "" || header.length > maxTracestateLength) {
    return undefined;
  }
  return span === undefined || span.parentSpanId === null ? undefined : header;
}
