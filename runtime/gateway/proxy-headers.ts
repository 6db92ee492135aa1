import { headers } from "../../catalog/endpoints.ts";
import { passOnTracestate } from "../kit/tracing/traceparent.ts";
import type { Exchange } from "./stage.ts";
import { outgoingTraceparent } from "./upstream-attempts.ts";

/** Headers of one connection, not of the message: RFC 9110, section 7.6.1. */
const hopByHop = new Set([
  "connection",
  "keep-alive",
  "proxy-authenticate",
  "proxy-authorization",
  "proxy-connection",
  "te",
  "trailer",
  "transfer-encoding",
  "upgrade",
]);

/** What the gateway says itself, whatever the client said. `expect` was answered when the body was asked for. */
const setByGateway = new Set<string>([
  "host",
  "expect",
  "content-length",
  headers.correlationId,
  headers.userId,
  headers.traceparent,
  headers.tracestate,
  "forwarded",
  "x-forwarded-for",
  "x-forwarded-host",
  "x-forwarded-proto",
]);

/**
 * The headers that go to the service, as a flat list. Forwarding headers are written anew: nobody before the gateway is
 * trusted with a word about the client, but for the platform's own entry, which says its address.
 * @param host `host:port` of the instance
 */
export function requestHeaders(exchange: Exchange, host: string): string[] {
  const { request, correlationId, caller, body } = exchange;
  const named = namedByConnection(request.headers.connection);
  const fields = [
    ...["host", host, headers.correlationId, correlationId],
    ...["x-forwarded-for", exchange.client],
    ...["x-forwarded-proto", "http"],
  ];
  if (request.headers.host !== undefined) fields.push("x-forwarded-host", request.headers.host);
  if (caller !== undefined) fields.push(headers.userId, caller);
  const traceparent = outgoingTraceparent(exchange);
  if (traceparent !== undefined) fields.push(headers.traceparent, traceparent);
  const { tracestate: offeredState } = request.headers;
  if (typeof offeredState === "string") {
    const tracestate = passOnTracestate(offeredState, exchange.span);
    if (tracestate !== undefined) fields.push(headers.tracestate, tracestate);
  }
  const length = request.headers["content-length"];
  if (body === undefined && length !== undefined) fields.push("content-length", length);
  copyHeaders(request.rawHeaders, fields, (name) => !setByGateway.has(name) && !named.has(name));
  return fields;
}

/** The headers that go to the client, from what the service sent; without those the gateway adds to every answer. */
export function responseHeaders(raw: readonly string[], connection: string | undefined): string[] {
  const named = namedByConnection(connection);
  const fields: string[] = [];
  copyHeaders(raw, fields, (name) => name !== headers.correlationId && !named.has(name));
  return fields;
}

function copyHeaders(
  raw: readonly string[],
  into: string[],
  keep: (lowerCaseName: string) => boolean,
): void {
  for (let index = 0; index + 1 < raw.length; index += 2) {
    const name = raw[index] ?? "";
    const lowerCaseName = name.toLowerCase();
    if (hopByHop.has(lowerCaseName) || !keep(lowerCaseName)) continue;
    into.push(name, raw[index + 1] ?? "");
  }
}

/**
 * `Connection` may name further headers of the connection. A client must not be able to take away by it what the gateway
 * says, so those are added after this filter.
 */
function namedByConnection(connection: string | undefined): ReadonlySet<string> {
  if (connection === undefined) return none;
  return new Set(connection.split(",").map((name) => name.trim().toLowerCase()));
}

const none: ReadonlySet<string> = new Set();
