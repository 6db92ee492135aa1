import { headers } from "../../../catalog/endpoints.ts";
import { isWorthKeeping } from "../../kit/tracing/sampling.ts";
import type { SpanContext } from "../../kit/tracing/span.ts";
import type { Tracer } from "../../kit/tracing/tracer.ts";
import type { Exchange, Stage } from "../stage.ts";
import type { UpstreamAttempt } from "../upstream-attempts.ts";

/**
 * Takes up the request's trace, or begins one, and ends the gateway's spans when the answer is out: one of the request, and
 * one of each attempt to have a service answer it. Clients are not trusted with the decision to sample. The gateway's own
 * pages are asked for by watchers at all times, so they are not sampled.
 */
export function trace(tracer: Tracer): Stage {
  return async function traceStage(exchange, next) {
    const offered = exchange.request.headers[headers.traceparent];
    const span = tracer.begin(typeof offered === "string" ? offered : undefined, false);
    exchange.span = span;
    await next();
    const ok = isOk(exchange);
    const sampled = span.sampled && exchange.target !== undefined;
    if (!isWorthKeeping(sampled, exchange.correlationId, ok)) return;
    endRequest(tracer, exchange, span, ok);
    for (const attempt of exchange.attempts ?? []) endAttemptSpan(tracer, exchange, span, attempt);
  };
}

/** An answer that broke off after its head has a good status, and is none. */
function isOk({ response, outcome }: Exchange): boolean {
  if (!response.headersSent) return true;
  const isBrokenOff = !response.writableEnded && outcome === "failure";
  return response.statusCode < 500 && !isBrokenOff;
}

function endRequest(tracer: Tracer, exchange: Exchange, span: SpanContext, ok: boolean): void {
  const { request, response, correlationId, route, startedMs, path, caller, target } = exchange;
  const status = response.headersSent ? response.statusCode : clientLeft;
  const method = request.method ?? "";
  tracer.end({
    ...span,
    sampled: span.sampled && target !== undefined,
    name: `${method} ${route}`,
    kind: "server",
    correlationId,
    startedMs,
    durationMs: performance.now() - startedMs,
    ok,
    attributes: {
      "http.request.method": method,
      "http.route": route,
      "http.response.status_code": status,
      "url.path": path,
      "error.type": ok ? undefined : String(status),
      "astra.caller.kind": caller === undefined ? "address" : "user",
    },
  });
}

function endAttemptSpan(
  tracer: Tracer,
  exchange: Exchange,
  { traceId, spanId, sampled }: SpanContext,
  attempt: UpstreamAttempt,
): void {
  const { request, correlationId, route, attempts = [] } = exchange;
  const { instance, startedMs, endedMs = performance.now(), outcome, status } = attempt;
  const ok = notItsFault.has(outcome) && (status ?? 0) < 500;
  const method = request.method ?? "";
  const tries = attempts.indexOf(attempt);
  tracer.end({
    traceId,
    spanId: attempt.spanId,
    parentSpanId: spanId,
    sampled,
    name: `${method} ${route}`,
    kind: "client",
    correlationId,
    startedMs,
    durationMs: endedMs - startedMs,
    ok,
    attributes: {
      "http.request.method": method,
      "http.response.status_code": status,
      "http.request.resend_count": tries === 0 ? undefined : tries,
      "server.address": instance.host,
      "server.port": instance.port,
      "peer.service": instance.service,
      "error.type": ok ? undefined : status === undefined ? outcome : String(status),
      "astra.upstream.instance": instance.id,
      "astra.upstream.outcome": outcome,
    },
  });
}

/** Outcomes of attempts that say nothing against the instance, unless its status does. */
const notItsFault: ReadonlySet<string> = new Set([
  "answered",
  "client_gone",
  "not_sendable",
  "too_large",
]);

/** nginx's number for a client that left before the answer began. */
const clientLeft = 499;
