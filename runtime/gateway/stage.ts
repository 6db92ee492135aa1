import type { IncomingMessage, ServerResponse } from "node:http";
import { isIP } from "node:net";
import type { Readable } from "node:stream";
import type { RouteRule } from "../../catalog/service-definition.ts";
import type { ServiceName } from "../../catalog/services.ts";
import type { SpanContext } from "../kit/tracing/span.ts";
import type { Problem } from "../kit/errors.ts";
import type { UserId } from "../kit/user-id.ts";
import type { Permit } from "./breaker/breaker.ts";
import type { UpstreamAttempt } from "./upstream-attempts.ts";

/** One request on its way through the gateway. Stages fill in what they find out. */
export interface Exchange {
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
  /** `performance.now()` when the request's head had been read. */
  readonly startedMs: number;
  /** Path without query, as it came. */
  readonly path: string;
  /** With its question mark, or empty. */
  readonly query: string;
  /** Address of the client. */
  readonly client: string;
  correlationId: string;
  /** Route template, for metrics and logs. */
  route: string;
  /** Who asks, as far as known. */
  caller: UserId | undefined;
  /** Roles that the caller's token gives; none without a token. */
  roles: readonly string[];
  /** The request's token was read here, and goes no further. */
  tokenUsed: boolean;
  /** Why it is not known who asks, although the request says something about it: it is refused with this once it has been counted. */
  refusal: Problem | undefined;
  /** The body, where a stage had to read it; otherwise it is still to be streamed. */
  body: Buffer | undefined;
  /** The body as it is streamed, from the first attempt on: one that a later attempt sends, if none has begun to. */
  upload: Readable | undefined;
  /** Largest body that goes to a service. */
  maxBodyBytes: number;
  /** Where the request goes: set by the route stage. Undefined for the gateway's own pages. */
  target: Target | undefined;
  /** The gateway's part of the request's trace. */
  span: SpanContext | undefined;
  /** Tries to have an instance answer, in their order; undefined before the first. */
  attempts: UpstreamAttempt[] | undefined;
  /** `performance.now()` until which the head of the answer must have come. */
  deadlineMs: number;
  /** Its service's breaker tries by it whether the service is back: it has a short deadline, and no second attempt. */
  probe: boolean;
  /** Leave of the breakers of the service, and of the instance that is asked: they are told when the head of an answer comes. */
  servicePermit: Permit | undefined;
  instancePermit: Permit | undefined;
  /** How the service did, for its breaker; set by the forward stage. */
  outcome: Outcome | undefined;
  /** `performance.now()` when the head of the service's answer came; 0 before. */
  headAtMs: number;
  /** Takes a copy of the service's answer, where one may be shown later. */
  capture: Capture | undefined;
  /** Size of the answer's body so far. */
  responseBytes: number;
  /** Further headers of the answer, whoever gives it: names and values, flat. */
  readonly answerHeaders: string[];
}

/** Sees what the service answers, besides the client. Told of an answer from its head to its end; a new head begins anew. */
export interface Capture {
  /**
   * @param fields names and values, flat
   * @returns false where the answer should not reach the client, since there is a better one: it is to be dropped, and the
   * request to fail as one that the service did not answer
   */
  head(status: number, fields: readonly string[]): boolean;
  data(chunk: Buffer): void;
  /** The answer is whole. */
  end(): void;
}

/**
 * What an attempt says about the one who was asked: `failure` counts against it; `connect_failure` does, and the request was
 * not seen; `ignored` says nothing, as when the client left.
 */
export type Outcome = "success" | "failure" | "connect_failure" | "ignored";

export interface Target {
  readonly service: ServiceName;
  /** Path the service knows. */
  readonly path: string;
  /** The catalogue's rule for this path and method, where it has one. */
  readonly rule: RouteRule | undefined;
}

export type Next = () => Promise<void>;

/** Does its part, and hands on by `next`; or answers, and does not. */
export type Stage = (exchange: Exchange, next: Next) => Promise<void>;

/**
 * Runs the stages in order. The last one answers; one that calls `next` twice is a bug. What a stage throws at once comes out of
 * `next` as a rejection, as if it had thrown later.
 */
export function compose(stages: readonly Stage[]): (exchange: Exchange) => Promise<void> {
  return (exchange) => runFrom(0, exchange);

  // Not async: a promise a stage, for nothing but to be waited for, is felt in the time a request takes.
  function runFrom(index: number, exchange: Exchange): Promise<void> {
    const stage = stages[index];
    if (stage === undefined) return Promise.reject(new Error("No stage answered the request."));
    let called = false;
    try {
      return stage(exchange, () => {
        if (called) return Promise.reject(new Error(`Stage ${stage.name} called next() twice.`));
        called = true;
        return runFrom(index + 1, exchange);
      });
    } catch (error) {
      return Promise.reject(error instanceof Error ? error : new Error(String(error)));
    }
  }
}

/**
 * An exchange about which nothing is known but the request.
 * @param trustForwardedFor whether requests come through the platform's entry, which says whose they are
 */
export function beginExchange(
  request: IncomingMessage,
  response: ServerResponse,
  trustForwardedFor = false,
): Exchange {
  const url = request.url ?? "/";
  const queryAt = url.indexOf("?");
  return {
    request,
    response,
    startedMs: performance.now(),
    path: queryAt === -1 ? url : url.slice(0, queryAt),
    query: queryAt === -1 ? "" : url.slice(queryAt),
    client: (trustForwardedFor ? forwardedFor(request) : null) ?? directClient(request),
    correlationId: "",
    route: "none",
    caller: undefined,
    roles: noRoles,
    tokenUsed: false,
    refusal: undefined,
    body: undefined,
    upload: undefined,
    maxBodyBytes: Number.POSITIVE_INFINITY,
    target: undefined,
    span: undefined,
    attempts: undefined,
    deadlineMs: Number.POSITIVE_INFINITY,
    probe: false,
    servicePermit: undefined,
    instancePermit: undefined,
    outcome: undefined,
    headAtMs: 0,
    capture: undefined,
    responseBytes: 0,
    answerHeaders: [],
  };
}

const noRoles: readonly string[] = [];

function directClient({ socket }: IncomingMessage): string {
  return socket.remoteAddress ?? "unknown";
}

/** The entry writes one address. Anything else is not from it, such as a health check. */
function forwardedFor({ headers }: IncomingMessage): string | null {
  const value = headers["x-forwarded-for"];
  return typeof value === "string" && isIP(value) !== 0 ? value : null;
}

/** Whether the request has a body, read or not. */
export function hasBody({ headers }: IncomingMessage): boolean {
  return headers["transfer-encoding"] !== undefined || Number(headers["content-length"] ?? 0) > 0;
}

/** Whether the body is passed on as the client sends it, since no stage had to read it. */
export function isUpload({ request, body }: Exchange): boolean {
  return body === undefined && hasBody(request);
}

/** Whether part of the request's body has not come yet. */
export function isBodyUnread(request: IncomingMessage): boolean {
  return hasBody(request) && !request.complete;
}
