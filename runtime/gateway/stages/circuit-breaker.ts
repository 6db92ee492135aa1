import { headers } from "../../../catalog/endpoints.ts";
import type { Clock } from "../../kit/clock.ts";
import { Problem } from "../../kit/errors.ts";
import { sendAnswer } from "../answer.ts";
import type { Permit } from "../breaker/breaker.ts";
import type { Breakers } from "../breaker/breakers.ts";
import { createStaleAnswers, type StalePlace } from "../breaker/stale-answers.ts";
import type { GatewayMetrics } from "../gateway-metrics.ts";
import { type Exchange, isUpload, type Next, type Stage, type Target } from "../stage.ts";

export interface CircuitBreakerOptions {
  readonly breakers: Breakers;
  readonly metrics: GatewayMetrics;
  /** For the age of answers; must not go backwards. */
  readonly clock: Clock;
}

/**
 * Answers at once for a service whose breaker is open; otherwise tells the breaker how the call went. Where the service cannot
 * answer, and its last good answer may be shown, that is the answer, marked as such.
 */
export function circuitBreaker({ breakers, metrics, clock }: CircuitBreakerOptions): Stage {
  const staleAnswers = createStaleAnswers(clock);

  return async function circuitBreakerStage(exchange, next) {
    const { target } = exchange;
    if (target === undefined) return next();
    const stale =
      target.rule?.staleOk === true ? staleAnswers.placeOf(exchange, target) : undefined;
    const permit = breakers.ofService(target.service).tryAcquire(isUpload(exchange));
    if (permit === null) {
      metrics.circuitRejections.inc({ service: target.service });
      if (!showStale(exchange, target, stale)) throw refusal(target);
      return;
    }
    exchange.capture = stale;
    try {
      await callThrough(exchange, next, permit);
    } catch (error) {
      if (!isOutage(error) || !showStale(exchange, target, stale)) throw error;
    }
  };

  /** @returns whether there was an answer to show */
  function showStale(exchange: Exchange, { service }: Target, place: StalePlace | undefined) {
    const answer = exchange.response.headersSent ? undefined : place?.find();
    if (answer === undefined) return false;
    metrics.fallbacks.inc({ service, kind: "stale" });
    const { contentType, body, ageSeconds } = answer;
    sendAnswer(exchange, {
      status: 200,
      contentType,
      body,
      // What is only shown in need must not be kept by anybody else.
      headers: {
        [headers.fallback]: "stale",
        age: String(ageSeconds),
        "cache-control": "no-store",
      },
    });
    return true;
  }

  function refusal({ service }: Target): Problem {
    const { reason, retryInMs } = breakers.ofService(service).view();
    const why = reason ?? "it is being tried again";
    return new Problem("service_unavailable", {
      message: `The ${service} service is not available: ${why}. Try again in a few seconds.`,
      details: { reason: why },
      retryAfterSeconds: Math.max(1, Math.ceil(retryInMs / 1000)),
    });
  }
}

async function callThrough(exchange: Exchange, next: Next, permit: Permit): Promise<void> {
  const startedMs = performance.now();
  exchange.servicePermit = permit;
  if (permit.probe) {
    exchange.probe = true;
    exchange.deadlineMs = Math.min(exchange.deadlineMs, startedMs + permit.probeDeadlineMs);
  }
  try {
    await next();
  } finally {
    // One that says nothing has asked nobody.
    permit.end(exchange.outcome ?? "ignored", tookMs(exchange, startedMs));
  }
}

/**
 * To the head of the answer: how fast a client reads the rest says nothing of the service, and neither does how fast it sends a
 * body that is passed on as it comes.
 */
function tookMs(exchange: Exchange, startedMs: number): number {
  if (isUpload(exchange)) return 0;
  const { headAtMs } = exchange;
  return (headAtMs === 0 ? performance.now() : headAtMs) - startedMs;
}

/** Whether the service has not answered, or with an error that says so. Everything else is an answer. */
function isOutage(error: unknown): boolean {
  return error instanceof Problem && outageCodes.has(error.code);
}

const outageCodes: ReadonlySet<string> = new Set([
  "upstream_failed",
  "upstream_timeout",
  "service_unavailable",
]);
