import { formatTraceparent } from "../kit/tracing/traceparent.ts";
import type { Tracer } from "../kit/tracing/tracer.ts";
import type { Instance } from "./registry.ts";
import type { Exchange } from "./stage.ts";

/** One try to have an instance answer a request. It becomes a span of its own if the request's trace is kept. */
export interface UpstreamAttempt {
  readonly spanId: string;
  readonly instance: Instance;
  /** `performance.now()` */
  readonly startedMs: number;
  /** Undefined while it is under way. */
  endedMs: number | undefined;
  /** How it ended, in the words of `gateway_upstream_requests_total`. */
  outcome: string;
  /** What the instance answered, if it did. */
  status: number | undefined;
}

/** To be called before the request's headers are made: they name this attempt as the service's parent span. */
export function beginAttempt(
  exchange: Exchange,
  tracer: Tracer,
  instance: Instance,
): UpstreamAttempt {
  const attempt = {
    spanId: tracer.newSpanId(),
    instance,
    startedMs: performance.now(),
    endedMs: undefined,
    outcome: "unfinished",
    status: undefined,
  };
  if (exchange.attempts === undefined) exchange.attempts = [attempt];
  else exchange.attempts.push(attempt);
  return attempt;
}

/** @param status undefined where no head of an answer came */
export function endAttempt(attempt: UpstreamAttempt, outcome: string, status?: number): void {
  attempt.endedMs = performance.now();
  attempt.outcome = outcome;
  attempt.status = status;
}

/** @returns the `traceparent` of the request that is about to be sent to a service */
export function outgoingTraceparent({ span, attempts }: Exchange): string | undefined {
  if (span === undefined) return undefined;
  const spanId = attempts?.at(-1)?.spanId ?? span.spanId;
  return formatTraceparent({ traceId: span.traceId, spanId, sampled: span.sampled });
}
