import {
  createServer,
  type IncomingMessage,
  type RequestListener,
  type Server,
  type ServerOptions,
  type ServerResponse,
} from "node:http";
import type { Random } from "../kit/clock.ts";
import type { Problem } from "../kit/errors.ts";
import { inOrder } from "./connection-order.ts";
import { refuseMalformed } from "./malformed-requests.ts";

/** What a client may ask of the gateway's port. */
export const limits = {
  /** All headers and the request line; beyond it 431. */
  headerBytes: 16 * 1024,
  headerCount: 100,
  /** Path and query; beyond it 414. */
  urlBytes: 8 * 1024,
  /** A body that goes to a service; beyond it 413. */
  bodyBytes: 1024 * 1024,
  /** More connections than this would fill the memory with sockets before they did any good. */
  connections: 2000,
  /** Then the connection ends, so that clients that stay for ever spread over the gateways that came later. */
  requestsPerConnection: 10_000,
} as const;

/**
 * A client that sends slowly is cut off: headers within 10 s, everything within 30 s, looked at each second, since at
 * Node's default of 30 s a slow one would be cut off that much later.
 */
export const serverOptions = {
  keepAliveTimeout: 30_000,
  headersTimeout: 10_000,
  requestTimeout: 30_000,
  connectionsCheckingInterval: 1000,
  maxHeaderSize: limits.headerBytes,
  insecureHTTPParser: false,
  // The guard refuses a request without one, in JSON as everything else.
  requireHostHeader: false,
} as const satisfies ServerOptions;

export interface GatewayServerOptions {
  readonly handle: RequestListener;
  readonly random: Random;
  /** What differs from the options above; for tests. */
  readonly options?: ServerOptions;
  readonly maxConnections?: number;
  /** Told of each request that is no HTTP; those never reach the pipeline. */
  readonly onRefused?: (problem: Problem, correlationId: string) => void;
  /** Told of each connection beyond the most there may be; it is closed at once. */
  readonly onDropped?: () => void;
}

/** The server of the gateway's port, not yet listening. */
export function createGatewayServer(input: GatewayServerOptions): Server {
  const { handle, random, options, maxConnections, onRefused, onDropped } = input;
  const order = inOrder(handle);
  const server = createServer({ ...serverOptions, ...options }, order.listener);
  server.maxConnections = maxConnections ?? limits.connections;
  server.maxRequestsPerSocket = limits.requestsPerConnection;
  // Node would cut off the headers beyond the count, unseen. The size bounds them, and the guard counts.
  server.maxHeadersCount = 0;
  refuseMalformed(server, {
    order,
    random,
    maxUrlBytes: limits.urlBytes,
    onRefused: onRefused ?? (() => undefined),
  });
  server.on("checkContinue", (request: IncomingMessage, response: ServerResponse) => {
    askWhenRead(request, response);
    server.emit("request", request, response);
  });
  // Refused by the guard.
  server.on("checkExpectation", (request, response) => {
    server.emit("request", request, response);
  });
  if (onDropped !== undefined) server.on("drop", onDropped);
  return server;
}

/**
 * A client that waits to be asked for its body is asked when somebody begins to read it. Node would ask before anything
 * had been decided about the request, and the client would send a body that is refused.
 */
function askWhenRead(request: IncomingMessage, response: ServerResponse): void {
  const read = request._read.bind(request);
  request._read = (size) => {
    request._read = read;
    if (!response.headersSent) response.writeContinue();
    read(size);
  };
}
