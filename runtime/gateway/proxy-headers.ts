import type { IncomingHttpHeaders } from "node:http";
import { headers } from "../../catalog/endpoints.ts";
import { passOnTracestate } from "../kit/tracing/traceparent.ts";
import { limitHeaders } from "./rate-limit/policy.ts";
import { securityHeaders } from "./security-headers.ts";
import type { Exchange } from "./stage.ts";
import { outgoingTraceparent } from "./upstream-attempts.ts";

/** Headers of one connection, not of the message: RFC 9110, section 7.6.1. */
const hopByHop = [
  "connection",
  "keep-alive",
  "proxy-authenticate",
  "proxy-authorization",
  "proxy-connection",
  "te",
  "trailer",
  "transfer-encoding",
  "upgrade",
];

/** What is not copied to a service: what the gateway says itself. `expect` was answered when the body was asked for. */
const notForServices = new Set<string>([
  ...hopByHop,
  "host",
  "expect",
  "content-length",
  headers.correlationId,
  headers.userId,
  headers.traceparent,
  headers.tracestate,
  headers.deadline,
  "forwarded",
  "x-forwarded-for",
  "x-forwarded-host",
  "x-forwarded-port",
  "x-forwarded-prefix",
  "x-forwarded-proto",
  "x-forwarded-server",
  // What proxies and frameworks elsewhere take for the client's address or for the real path.
  "x-real-ip",
  "x-original-url",
  "x-rewrite-url",
]);

/** What is not copied to a client: what the gateway says itself, and what tells only what a service is made with. */
const notForClients = new Set<string>([
  ...hopByHop,
  headers.correlationId,
  headers.fallback,
  "server",
  "x-powered-by",
  "x-processing-time",
  ...limitHeaders,
  "access-control-allow-origin",
  "access-control-allow-credentials",
  "access-control-allow-headers",
  "access-control-allow-methods",
  "access-control-expose-headers",
  "access-control-max-age",
  ...securityHeaders.filter((_field, index) => index % 2 === 0),
]);

/**
 * The headers that go to the service, as a flat list. Forwarding headers are written anew: nobody before the gateway is
 * trusted with a word about the client, but for the platform's own entry, which says its address.
 * @param host `host:port` of the instance
 * @param leftMs what is left of the request's time
 */
export function requestHeaders(exchange: Exchange, host: string, leftMs: number): string[] {
  const { request, correlationId, caller, body } = exchange;
  const offered = request.headers;
  const fields = [
    "host",
    host,
    headers.correlationId,
    correlationId,
    headers.deadline,
    String(leftMs),
    "x-forwarded-for",
    exchange.client,
    "x-forwarded-proto",
    "http",
  ];
  if (offered.host !== undefined) fields.push("x-forwarded-host", offered.host);
  if (caller !== undefined) fields.push(headers.userId, caller);
  const traceparent = outgoingTraceparent(exchange);
  if (traceparent !== undefined) fields.push(headers.traceparent, traceparent);
  const { tracestate: offeredState } = offered;
  if (typeof offeredState === "string") {
    const tracestate = passOnTracestate(offeredState, exchange.span);
    if (tracestate !== undefined) fields.push(headers.tracestate, tracestate);
  }
  const length = offered["content-length"];
  if (body === undefined && length !== undefined) fields.push("content-length", length);
  const named = namedByConnection(offered.connection);
  const raw = request.rawHeaders;
  for (let index = 0; index + 1 < raw.length; index += 2) {
    const name = raw[index] ?? "";
    if (!isForServices(name)) continue;
    if (named !== none && named.has(name.toLowerCase())) continue;
    if (exchange.tokenUsed && name.length === 13 && name.toLowerCase() === "authorization")
      continue;
    fields.push(name, raw[index + 1] ?? "");
  }
  return fields;
}

/**
 * A name with an underscore is dropped: what hands headers on as variables takes `x_user_id` for `X-User-ID`. Names come
 * again and again, in the same spelling, so what was found out is kept; clients can invent them, so not without bound.
 */
function isForServices(name: string): boolean {
  const known = forServices.get(name);
  if (known !== undefined) return known;
  const isFor = !name.includes("_") && !notForServices.has(name.toLowerCase());
  if (forServices.size < maxKnownNames) forServices.set(name, isFor);
  return isFor;
}

const forServices = new Map<string, boolean>();
const maxKnownNames = 500;

/**
 * The headers that go to the client, as a flat list with names in lower case; without those the gateway adds to every answer.
 * @param offered what the service sent, with a list of values where a name came more than once
 */
export function responseHeaders(offered: IncomingHttpHeaders): string[] {
  const named = namedByConnection(offered.connection);
  const fields: string[] = [];
  for (const name of Object.keys(offered)) {
    if (notForClients.has(name) || named.has(name)) continue;
    const value = offered[name];
    if (typeof value === "string") fields.push(name, value);
    else if (value !== undefined) for (const one of value) fields.push(name, one);
  }
  return fields;
}

/**
 * `Connection` may name further headers of the connection. A client must not be able to take away by it what the gateway
 * says, so those are added after this filter.
 */
function namedByConnection(connection: string | undefined): ReadonlySet<string> {
  if (connection === undefined || connection === "close" || connection === "keep-alive")
    return none;
  return new Set(connection.split(",").map((name) => name.trim().toLowerCase()));
}

const none: ReadonlySet<string> = new Set();
