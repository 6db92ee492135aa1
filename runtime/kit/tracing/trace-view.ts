import type { StoredSpan } from "./stored-span.ts";

/** The spans of one correlation id, as they are shown. */
export interface TraceView {
  readonly correlationId: string;
  /** More than one when a client used the id for several requests. */
  readonly traceIds: readonly string[];
  /** ISO 8601, UTC: when the first span began. */
  readonly startedAt: string;
  /** From the beginning of the first span to the end of the last. */
  readonly durationMs: number;
  readonly services: readonly string[];
  readonly ok: boolean;
  /** Each parent before its children, and children by their beginning. */
  readonly spans: readonly SpanView[];
}

export interface SpanView extends Omit<StoredSpan, "startMs"> {
  /** 0 for a span without a parent here. */
  readonly depth: number;
  /** From the beginning of the first span. */
  readonly offsetMs: number;
}

/** More than this is not read by anybody; `?format=text` would be a screenful of noise. */
const maxShown = 256;

/** @param spans at least one; repeated ones count once */
export function arrangeTrace(correlationId: string, spans: readonly StoredSpan[]): TraceView {
  const unique = [...new Map(spans.map((span) => [span.spanId, span])).values()];
  const byStart = unique.sort((a, b) => a.startMs - b.startMs).slice(0, maxShown);
  const startMs = byStart[0]?.startMs ?? 0;
  const endMs = Math.max(...byStart.map((span) => span.startMs + span.durationMs));
  return {
    correlationId,
    traceIds: [...new Set(byStart.map(({ traceId }) => traceId))],
    startedAt: new Date(startMs).toISOString(),
    durationMs: toMicroseconds(endMs - startMs),
    services: [...new Set(byStart.map(({ service }) => service))],
    ok: byStart.every(({ ok }) => ok),
    spans: inTreeOrder(byStart).map(({ span, depth }) => {
      const { startMs: spanStartMs, ...rest } = span;
      return { ...rest, depth, offsetMs: toMicroseconds(spanStartMs - startMs) };
    }),
  };
}

interface Placed {
  readonly span: StoredSpan;
  readonly depth: number;
}

/** A span whose parent is not here, since it was dropped or is the client's, is shown like one without. */
function inTreeOrder(byStart: readonly StoredSpan[]): Placed[] {
  const known = new Set(byStart.map(({ spanId }) => spanId));
  const children = new Map<string | null, StoredSpan[]>();
  for (const span of byStart) {
    const { spanId, parentSpanId } = span;
    const isChild = parentSpanId !== null && parentSpanId !== spanId && known.has(parentSpanId);
    const parent = isChild ? parentSpanId : null;
    children.set(parent, [...(children.get(parent) ?? []), span]);
  }
  const placed: Placed[] = [];
  const visit = (parent: string | null, depth: number): void => {
    for (const span of children.get(parent) ?? []) {
      placed.push({ span, depth });
      visit(span.spanId, depth + 1);
    }
  };
  visit(null, 0);
  // Spans that name each other as parents hang on none. They are somebody's mistake, and shown all the same.
  const shown = new Set(placed.map(({ span }) => span));
  const rest = byStart.filter((span) => !shown.has(span));
  return [...placed, ...rest.map((span) => ({ span, depth: 0 }))];
}

const barWidth = 40;

/**
 * One line a span: who, what, a bar that shows when, and how long. For terminals.
 * @returns text that ends with a line break
 */
export function renderWaterfall(trace: TraceView): string {
  const { spans, durationMs } = trace;
  const names = spans.map(
    ({ depth, service, name, kind }) =>
      `${"  ".repeat(depth)}${service} ${kindMarks[kind]} ${name}`,
  );
  const nameWidth = Math.max(...names.map(({ length }) => length));
  const lines = spans.map((span, index) => {
    const name = (names[index] ?? "").padEnd(nameWidth);
    const time = `${span.durationMs.toFixed(2)} ms`.padStart(12);
    return `${name}  |${bar(span, durationMs)}| ${time}  ${describeResult(span)}`.trimEnd();
  });
  const head = [
    `correlation id  ${trace.correlationId}`,
    `trace           ${trace.traceIds.join(", ")}`,
    `started         ${trace.startedAt}`,
    `took            ${durationMs.toFixed(2)} ms, ${spans.length} spans in ${trace.services.length} services`,
  ];
  return `${[...head, "", ...lines].join("\n")}\n`;
}

/** What a span is, between who and what: a request that came, one that went out, an event. */
const kindMarks = { server: "<-", client: "->", consumer: "~>" } as const;

function bar({ offsetMs, durationMs }: SpanView, totalMs: number): string {
  const scale = totalMs === 0 ? 0 : barWidth / totalMs;
  const from = Math.min(Math.floor(offsetMs * scale), barWidth - 1);
  const length = Math.max(1, Math.min(Math.round(durationMs * scale), barWidth - from));
  return `${" ".repeat(from)}${"=".repeat(length)}`.padEnd(barWidth);
}

function describeResult({ ok, attributes }: SpanView): string {
  const status = attributes["http.response.status_code"];
  const error = attributes["error.type"];
  const parts = [
    status === undefined ? "" : String(status),
    ok
      ? ""
      : `failed${error === undefined || error === String(status) ? "" : `: ${String(error)}`}`,
  ];
  return parts.filter((part) => part !== "").join(" ");
}

function toMicroseconds(ms: number): number {
  return Math.round(ms * 1000) / 1000;
}
