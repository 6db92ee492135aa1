import type { IncomingHttpHeaders, ServerResponse } from "node:http";
import type { Readable } from "node:stream";
import type { Dispatcher } from "undici";
import { Problem } from "../kit/errors.ts";
import { ownHeaders } from "./answer.ts";
import type { Deadline, Deadlines } from "./deadlines.ts";
import { limitedBody } from "./limited-body.ts";
import { requestHeaders, responseHeaders } from "./proxy-headers.ts";
import { type Exchange, hasBody } from "./stage.ts";
import { type BodyRest, bodyRest, endEarly } from "./unread-body.ts";
import type { Upstream } from "./upstreams.ts";

/** How an attempt ended; also its name in `gateway_upstream_requests_total`. */
export type SendOutcome =
  /** The client has the whole answer. */
  | "answered"
  /** The client left before that. */
  | "client_gone"
  /** No connection came about, so the service has seen nothing of the request. */
  | "refused"
  /** The request cannot be written as HTTP/1.1. */
  | "not_sendable"
  /** The head of the answer did not come in time. */
  | "timeout"
  /** The connection ended before the head of an answer. */
  | "reset"
  /** What came was no HTTP. */
  | "garbage"
  /** The body turned out to be longer than a body may be. */
  | "too_large"
  /** The service answered with an error that the client is not to see: another instance is asked, or something better is there. */
  | "dropped"
  /** The connection ended in the middle of the answer, or silence did. */
  | "broken";

export interface SendOptions {
  /** With the query. */
  readonly path: string;
  /** `performance.now()` at which the head of the answer must have come; after that only silence ends it. */
  readonly deadlineMs: number;
  readonly deadlines: Deadlines;
  /** Asked once, when the service answers 502, or 503 without saying when to come back: whether to try somewhere else instead. */
  readonly mayRetry: (() => boolean) | undefined;
}

/** A client that takes nothing of an answer for so long holds a connection to a service for nothing. */
const clientStallMs = 30_000;
/** Of an answer that is there at once, head and body go out in one write up to this size. */
const singleWriteBytes = 32 * 1024;

/**
 * One request to one instance, whose answer is streamed to the client. It is its own handler, deadline and result, so that a
 * request costs one object and no closures.
 */
export class Sending implements Dispatcher.DispatchHandler, Deadline {
  expiresAtMs: number;
  previousDeadline: Deadline | undefined = undefined;
  nextDeadline: Deadline | undefined = undefined;

  /** What the service answered; 0 where no head came. */
  status = 0;
  /** Why it ended badly. */
  error: Error | undefined = undefined;
  readonly startedMs = performance.now();
  /** Time to the head of the answer, or to the end where there was none. */
  headAfterMs = 0;
  /** The connection had served before, and ended without a byte of an answer: it was just being closed. */
  wasStale = false;
  /** `dropped`, since another attempt was granted. */
  tookRetry = false;

  readonly #exchange: Exchange;
  readonly #upstream: Upstream;
  readonly #options: SendOptions;
  readonly #body: Buffer | Readable | null;
  readonly #settled: (outcome: SendOutcome) => void;
  #controller: Dispatcher.DispatchController | undefined = undefined;
  #outcome: SendOutcome | undefined = undefined;
  #answerBegan = false;
  #headPassedOn = false;
  #contentLength = -1;
  #whole: Buffer | undefined = undefined;
  #bodyRest: BodyRest = "nothing";

  /** @param settled told how it ended, once; not before the end of the answer was given to the client's connection */
  constructor(
    upstream: Upstream,
    exchange: Exchange,
    options: SendOptions,
    settled: (outcome: SendOutcome) => void,
  ) {
    this.#upstream = upstream;
    this.#exchange = exchange;
    this.#options = options;
    this.#settled = settled;
    this.#body = bodyOf(exchange);
    this.expiresAtMs = options.deadlineMs;
  }

  start(): void {
    const { request, response } = this.#exchange;
    this.#upstream.outstanding += 1;
    // It left while another stage was at work, and nothing would tell of it any more.
    if (request.socket.destroyed) {
      this.clientGone();
      return;
    }
    this.#options.deadlines.add(this);
    watchClient(response, this);
    const { path, deadlineMs } = this.#options;
    const leftMs = Math.max(1, Math.floor(deadlineMs - this.startedMs));
    this.#upstream.pool.dispatch(
      {
        path,
        method: request.method ?? "GET",
        headers: requestHeaders(this.#exchange, this.#upstream.hostHeader, leftMs),
        body: this.#body,
      },
      this,
    );
  }

  /** Part of a streamed body may be gone, so that the request cannot be sent again. */
  get bodyStarted(): boolean {
    return this.#controller !== undefined && this.#body !== null && !Buffer.isBuffer(this.#body);
  }

  /** Called by the list of deadlines. */
  expire(): void {
    if (this.#headPassedOn) {
      // Only a client that does not read has a deadline now.
      this.#exchange.response.destroy();
      this.#abort("client_gone");
    } else {
      this.#abort("timeout");
    }
  }

  clientGone(): void {
    this.#abort("client_gone");
  }

  onRequestStart(controller: Dispatcher.DispatchController): void {
    this.#controller = controller;
    // It ended while it waited for a connection.
    if (this.#outcome !== undefined) controller.abort(aborted);
  }

  onResponseStarted(): void {
    this.#answerBegan = true;
  }

  onResponseStart(
    _controller: Dispatcher.DispatchController,
    status: number,
    headers: IncomingHttpHeaders,
    statusMessage?: string,
  ): void {
    // Interim answers, such as 103, are for this connection only.
    if (status < 200) return;
    const { response, request } = this.#exchange;
    this.#options.deadlines.remove(this);
    this.#exchange.headAtMs = performance.now();
    this.#exchange.servicePermit?.answered();
    this.#exchange.instancePermit?.answered();
    this.headAfterMs = this.#exchange.headAtMs - this.startedMs;
    this.status = status;
    const { mayRetry } = this.#options;
    if (mayRetry !== undefined && isWorthRetrying(status, headers) && mayRetry()) {
      this.tookRetry = true;
      this.#abort("dropped");
      return;
    }
    const fields = responseHeaders(headers);
    if (this.#exchange.capture?.head(status, fields) === false) {
      this.#abort("dropped");
      return;
    }
    const length = headers["content-length"];
    if (length !== undefined) this.#contentLength = Number(length);
    ownHeaders(this.#exchange, fields);
    this.#bodyRest = bodyRest(request);
    if (this.#bodyRest === "close") fields.push("connection", "close");
    this.#headPassedOn = true;
    response.writeHead(status, statusMessage ?? "", fields);
  }

  onResponseData(controller: Dispatcher.DispatchController, chunk: Buffer): void {
    const { response, capture } = this.#exchange;
    this.#exchange.responseBytes += chunk.length;
    capture?.data(chunk);
    // The end follows at once: one write then does for head and body.
    if (chunk.length === this.#contentLength && chunk.length <= singleWriteBytes) {
      this.#whole = chunk;
      return;
    }
    if (response.write(chunk)) return;
    controller.pause();
    this.expiresAtMs = performance.now() + clientStallMs;
    this.#options.deadlines.add(this);
    response.once("drain", () => {
      this.#options.deadlines.remove(this);
      controller.resume();
    });
  }

  onResponseEnd(): void {
    const { request, response, capture } = this.#exchange;
    capture?.end();
    if (this.#bodyRest !== "nothing" && !request.complete) {
      endEarly(request, response, this.#whole, this.#bodyRest);
    } else if (this.#whole === undefined) {
      response.end();
    } else {
      // Only a string goes out in one piece with the head.
      response.end(this.#whole.toString("latin1"), "latin1");
    }
    this.#settle("answered");
  }

  onResponseError(_controller: Dispatcher.DispatchController | null, error: Error): void {
    if (this.#outcome !== undefined) return;
    this.error = error;
    if (error instanceof Problem) {
      this.#settle("too_large");
    } else if (this.#controller === undefined) {
      this.#settle(isNotSendable(error) ? "not_sendable" : "refused");
    } else if (this.#headPassedOn) {
      this.#settle("broken");
    } else {
      this.wasStale = !this.#answerBegan && servedBefore(error);
      this.#settle(isGarbage(error) ? "garbage" : "reset");
    }
  }

  // A request that waits for a connection has no controller yet: it ends here, and is aborted when it gets one.
  #abort(outcome: SendOutcome): void {
    if (this.#outcome !== undefined) return;
    this.#settle(outcome);
    this.#controller?.abort(aborted);
  }

  #settle(outcome: SendOutcome): void {
    if (this.#outcome !== undefined) return;
    this.#outcome = outcome;
    this.#options.deadlines.remove(this);
    watchClient(this.#exchange.response, undefined);
    this.#upstream.outstanding -= 1;
    if (this.headAfterMs === 0) this.headAfterMs = performance.now() - this.startedMs;
    this.#settled(outcome);
  }
}

const aborted = new Error("The gateway ended it.");

const sendingKey = Symbol("sending");

interface Watched {
  [sendingKey]?: Sending | undefined;
}

/** One listener for all attempts of a request, which needs no taking off. */
function watchClient(response: ServerResponse & Watched, sending: Sending | undefined): void {
  if (sending !== undefined && !(sendingKey in response)) response.on("close", onClientClosed);
  response[sendingKey] = sending;
}

function onClientClosed(this: ServerResponse & Watched): void {
  this[sendingKey]?.clientGone();
}

function bodyOf(exchange: Exchange): Buffer | Readable | null {
  const { request, body, maxBodyBytes } = exchange;
  if (body !== undefined) return body;
  if (!hasBody(request)) return null;
  exchange.upload ??= limitedBody(request, maxBodyBytes);
  return exchange.upload;
}

/** A service that says when to come back knows what it is doing, and so does one that says it ran out of time. */
function isWorthRetrying(status: number, headers: IncomingHttpHeaders): boolean {
  return status === 502 || (status === 503 && headers["retry-after"] === undefined);
}

function codeOf(error: Error): string {
  return "code" in error ? String(error.code) : "";
}

function isNotSendable(error: Error): boolean {
  const code = codeOf(error);
  return code === "UND_ERR_INVALID_ARG" || code === "UND_ERR_NOT_SUPPORTED";
}

function isGarbage(error: Error): boolean {
  const code = codeOf(error);
  return (
    code.startsWith("HPE_") ||
    code === "UND_ERR_HEADERS_OVERFLOW" ||
    error.name === "HTTPParserError" ||
    error.message === "bad response"
  );
}

/** Whether the connection that ended had brought an answer before. */
function servedBefore(error: Error): boolean {
  const socket = "socket" in error ? (error.socket as { bytesRead?: number } | null) : null;
  return (socket?.bytesRead ?? 0) > 0;
}
