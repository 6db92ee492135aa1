import { headers } from "../../../catalog/endpoints.ts";
import { serviceNames } from "../../../catalog/services.ts";
import { Problem, toProblem } from "../../kit/errors.ts";
import type { Tracer } from "../../kit/tracing/tracer.ts";
import type { Breakers } from "../breaker/breakers.ts";
import { createDeadlines } from "../deadlines.ts";
import type { GatewayMetrics } from "../gateway-metrics.ts";
import { createLane } from "../lane.ts";
import { type Instance, instanceKey, type Registry } from "../registry.ts";
import { Sending, type SendOptions, type SendOutcome } from "../send.ts";
import { type Exchange, isUpload, type Outcome, type Stage } from "../stage.ts";
import { beginAttempt, endAttempt } from "../upstream-attempts.ts";
import type { Upstream, Upstreams } from "../upstreams.ts";

export interface ForwardOptions {
  readonly registry: Registry;
  readonly upstreams: Upstreams;
  readonly breakers: Breakers;
  readonly metrics: GatewayMetrics;
  readonly tracer: Tracer;
  /** From the request's arrival to the head of the answer; a client may ask for less. */
  readonly deadlineMs: number;
}

/** Instances that one request is offered to, when each refuses the connection. */
const maxAttempts = 3;
/** With less than this left, no second attempt could end in time. */
const minRetryMs = 20;

/**
 * Sends the request to an instance and its answer to the client.
 *
 * What is tried again, on another instance: a refused connection, up to three times, since the service has seen nothing of the
 * request; and once, of an idempotent request and within the budget, a connection that ended before an answer, or an answer
 * 502 or 503 that does not say when to come back. Never after a byte has gone to the client, never while the breaker is just
 * finding out whether the service is back, and never a request whose time is over.
 */
export function forward(options: ForwardOptions): Stage {
  const { registry, upstreams, breakers, tracer, deadlineMs } = options;
  const deadlines = createDeadlines();
  const lanes = new Map(serviceNames.map((name) => [name, createLane(name, options)]));

  return async function forwardStage(exchange) {
    const { target } = exchange;
    const lane = target === undefined ? undefined : lanes.get(target.service);
    if (target === undefined || lane === undefined) {
      throw new Error("The route stage comes before this one.");
    }
    const isImpatient = takeDeadline(exchange, deadlineMs);
    lane.budget.onRequest();
    const path = target.path + exchange.query;
    const isRepeatable = mayBeRepeated(exchange);
    let tried: readonly Instance[] = none;
    let retried = false;

    for (;;) {
      const candidates = without(breakers.usable(registry.usable(target.service)), tried);
      const upstream = upstreams.choose(candidates);
      if (upstream === undefined) throw lane.unavailable(tried.length > 0);
      const { instance } = upstream;
      const canRetry = isRepeatable && !retried && hasTime(exchange);
      const mayRetry = canRetry && candidates.length > 1 ? lane.takeRetry : undefined;

      const permit = breakers.ofInstance(instance).tryAcquire(isUpload(exchange));
      exchange.instancePermit = permit ?? undefined;
      const traced = beginAttempt(exchange, tracer, instance);
      // A breaker tries it with a request that has less time, so that few wait for who is not back.
      const endMs = Math.min(
        exchange.deadlineMs,
        performance.now() + (permit?.probeDeadlineMs ?? Number.POSITIVE_INFINITY),
      );
      const isOurDeadline = !isImpatient || endMs < exchange.deadlineMs;
      const { sending, outcome } = await send(upstream, exchange, {
        path,
        deadlineMs: endMs,
        deadlines,
        mayRetry,
      });
      // While its body has not all come, the service may be waiting for the client.
      const verdict = judge(outcome, sending.status, isOurDeadline && exchange.request.complete);
      exchange.outcome = verdict;
      permit?.end(verdict, sending.bodyStarted ? 0 : sending.headAfterMs);
      endAttempt(traced, outcome, sending.status === 0 ? undefined : sending.status);
      lane.count(outcome, performance.now() - sending.startedMs);
      if (retried) lane.countRetry(outcome);

      if (outcome === "answered" || outcome === "client_gone") return;
      if (outcome === "refused") {
        registry.eject(instance);
        tried = [...tried, instance];
        const canRepeat = tried.length < maxAttempts && !sending.bodyStarted && !exchange.probe;
        if (canRepeat) continue;
        throw lane.unavailable(true, sending.error);
      }
      if (outcome === "dropped" && mayRetry !== undefined && sending.tookRetry) {
        retried = true;
        tried = [...tried, instance];
        continue;
      }
      // The same one again is safe only where its connection was just being closed.
      const hasElsewhere = candidates.length > 1;
      if (outcome === "reset" && canRetry && (hasElsewhere || sending.wasStale)) {
        if (lane.takeRetry()) {
          retried = true;
          if (hasElsewhere) tried = [...tried, instance];
          continue;
        }
      }
      throw problemOf(outcome, sending, isOurDeadline);
    }
  };
}

const none: readonly Instance[] = [];

interface Sent {
  readonly sending: Sending;
  readonly outcome: SendOutcome;
}

function send(upstream: Upstream, exchange: Exchange, options: SendOptions): Promise<Sent> {
  return new Promise((resolve) => {
    const sending = new Sending(upstream, exchange, options, (outcome) => {
      resolve({ sending, outcome });
    });
    sending.start();
  });
}

/**
 * Settles until when the request must be answered: the gateway's time for it, which is short where a breaker tries by it whether the
 * service is back, or less where the client says so.
 * @returns whether it is the client's
 * @throws Problem `deadline_exceeded` when that time is over already
 */
function takeDeadline(exchange: Exchange, deadlineMs: number): boolean {
  const { startedMs, request } = exchange;
  const ownMs = Math.min(exchange.deadlineMs, startedMs + deadlineMs);
  const said = request.headers[headers.deadline];
  // One that makes no sense is none: it must not make the request worse than without.
  const clientMs =
    typeof said === "string" && /^\d{1,9}$/.test(said) ? startedMs + Number(said) : ownMs;
  exchange.deadlineMs = Math.min(ownMs, clientMs);
  if (exchange.deadlineMs <= performance.now()) throw new Problem("deadline_exceeded");
  return clientMs < ownMs;
}

/** Methods that do no more when they are done twice. A POST is never repeated, whatever key it has: the service decides on that. */
const idempotent = new Set(["GET", "HEAD", "OPTIONS", "PUT", "DELETE"]);

function mayBeRepeated(exchange: Exchange): boolean {
  const { request, probe } = exchange;
  return !probe && !isUpload(exchange) && idempotent.has(request.method ?? "");
}

function hasTime({ deadlineMs }: Exchange): boolean {
  return deadlineMs - performance.now() > minRetryMs;
}

function without(instances: readonly Instance[], tried: readonly Instance[]): readonly Instance[] {
  if (tried.length === 0) return instances;
  // The registry may have been read again since, and its objects are new ones then.
  const keys = tried.map(instanceKey);
  return instances.filter((one) => !keys.includes(instanceKey(one)));
}

/**
 * What an attempt says about the instance. 500 is an answer, to a request that may be at fault itself; a client that left, or
 * that gave too little time, says nothing.
 */
function judge(outcome: SendOutcome, status: number, isItsDelay: boolean): Outcome {
  switch (outcome) {
    case "answered":
    case "dropped":
      return status === 502 || status === 503 || status === 504 ? "failure" : "success";
    case "refused":
      return "connect_failure";
    case "timeout":
      return isItsDelay ? "failure" : "ignored";
    case "client_gone":
    case "not_sendable":
    case "too_large":
      return "ignored";
    case "reset":
    case "garbage":
    case "broken":
      return "failure";
  }
}

function problemOf(outcome: SendOutcome, { error }: Sending, isOurDeadline: boolean): Problem {
  switch (outcome) {
    case "too_large":
      return toProblem(error);
    case "timeout":
      return new Problem(isOurDeadline ? "upstream_timeout" : "deadline_exceeded");
    case "not_sendable":
      return new Problem("invalid_request", {
        message: `The request is not valid: ${error?.message ?? "it cannot be sent on"}.`,
      });
    case "garbage":
      return new Problem("upstream_failed", {
        message: "The service's answer was no HTTP.",
        cause: error,
      });
    default:
      return new Problem("upstream_failed", { cause: error });
  }
}
