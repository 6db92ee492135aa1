import type { IncomingMessage } from "node:http";
import { headers } from "../../catalog/endpoints.ts";
import { methods } from "../kit/errors.ts";
import { limitHeaders } from "./rate-limit/policy.ts";

/** What a browser is told about reading answers: headers as flat lists of names and values, made once. */
export interface Cors {
  /** Headers that go with the answer to this request. */
  headersFor(request: IncomingMessage): readonly string[];
  /** Whether pages of the request's origin may ask here; true for requests that name none. */
  isAllowed(request: IncomingMessage): boolean;
  /** Headers of an allowed preflight's answer, beside those. */
  readonly preflight: readonly string[];
}

/**
 * CORS for these origins; `*` for all. Credentials in the browser's own keeping (cookies) are never allowed: a token or an id
 * in a header is what counts here, and a page must have that itself.
 * @returns undefined where there are none, and then no answer says anything of CORS
 */
export function createCors(origins: readonly string[]): Cors | undefined {
  if (origins.length === 0) return undefined;
  if (origins.includes("*")) {
    const always = [allowOrigin, "*", ...expose];
    return { preflight, headersFor: () => always, isAllowed: () => true };
  }
  // A cache must not give one origin's answer to another, nor to nobody's.
  const nobody = ["vary", "Origin"];
  const byOrigin = new Map(
    origins.map((origin) => [origin, [allowOrigin, origin, ...expose, ...nobody]]),
  );
  return {
    preflight,
    headersFor: ({ headers: { origin } }) =>
      (origin === undefined ? undefined : byOrigin.get(origin)) ?? nobody,
    isAllowed: ({ headers: { origin } }) => origin === undefined || byOrigin.has(origin),
  };
}

/** Whether a browser asks by this what it may ask. */
export function isPreflight({ method, headers }: IncomingMessage): boolean {
  return (
    method === "OPTIONS" &&
    headers.origin !== undefined &&
    headers["access-control-request-method"] !== undefined
  );
}

const allowOrigin = "access-control-allow-origin";

/** Headers of answers that pages may read, beside those that they always may. */
const expose = [
  "access-control-expose-headers",
  [
    ...[headers.correlationId, "x-processing-time", headers.fallback, "age", "retry-after"],
    ...limitHeaders,
    "www-authenticate",
  ].join(", "),
];

const preflight = [
  ...["access-control-allow-methods", methods.join(", ")],
  "access-control-allow-headers",
  [
    ...["authorization", "content-type", headers.userId, headers.idempotencyKey],
    ...[headers.correlationId, headers.traceparent, "tracestate", headers.deadline],
  ].join(", "),
  // Ten minutes: long enough to cost nothing, short enough to change one's mind.
  ...["access-control-max-age", "600"],
];
