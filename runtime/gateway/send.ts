import { PassThrough } from "node:stream";
import type { Dispatcher } from "undici";
import { Problem } from "../kit/errors.ts";
import { ownHeaders } from "./answer.ts";
import { requestHeaders, responseHeaders } from "./proxy-headers.ts";
import { type Exchange, hasBody, isBodyUnread } from "./stage.ts";
import type { Upstream } from "./upstreams.ts";

/** No connection came about, so the service has seen nothing of the request. */
export class ConnectError extends Error {
  override readonly name = "ConnectError";
  /** Part of a streamed body is gone, so that the request cannot be sent again. */
  readonly bodyStarted: boolean;

  constructor(cause: unknown, bodyStarted: boolean) {
    super("the connection was refused", { cause });
    this.bodyStarted = bodyStarted;
  }
}

export interface SendOptions {
  /** With the query. */
  readonly path: string;
  /** To the head of the answer; after that only silence ends it. */
  readonly deadlineMs: number;
}

/**
 * Sends the request to one instance and streams the answer to the client. Settles when the client has the whole answer or
 * is gone.
 * @throws ConnectError; Problem `upstream_timeout`, `upstream_failed`
 */
export function exchangeWith(
  upstream: Upstream,
  exchange: Exchange,
  { path, deadlineMs }: SendOptions,
): Promise<"answered" | "client_gone"> {
  const { request, response } = exchange;
  const { host, port } = upstream.instance;
  const body = bodyOf(exchange);

  return new Promise((resolve, reject) => {
    let controller: Dispatcher.DispatchController | undefined;
    let abortReason: Error | undefined;
    let settled = false;

    const timer = setTimeout(() => abort(new Problem("upstream_timeout")), deadlineMs);
    const onClientGone = (): void => abort(new ClientGone());
    response.once("close", onClientGone);
    upstream.outstanding += 1;

    function settle(error?: Error): void {
      if (settled) return;
      settled = true;
      clearTimeout(timer);
      response.off("close", onClientGone);
      upstream.outstanding -= 1;
      if (error === undefined) resolve("answered");
      else if (error instanceof ClientGone) resolve("client_gone");
      else reject(error);
    }

    // A request that waits for a connection has no controller yet: it ends here, and is aborted when it gets one.
    function abort(reason: Error): void {
      abortReason ??= reason;
      controller?.abort(abortReason);
      settle(abortReason);
    }

    upstream.pool.dispatch(
      {
        path,
        method: request.method ?? "GET",
        headers: requestHeaders(exchange, `${host}:${port}`),
        body,
      },
      {
        onRequestStart: (started) => {
          controller = started;
          if (abortReason !== undefined) started.abort(abortReason);
        },
        onResponseStart: (started, status, headers, statusMessage) => {
          // Interim answers, such as 103, are for this connection only.
          if (status < 200) return;
          clearTimeout(timer);
          exchange.headAtMs = performance.now();
          const { connection } = headers;
          const fields = responseHeaders(
            rawFields(started.rawHeaders),
            typeof connection === "string" ? connection : undefined,
          );
          if (exchange.capture?.head(status, fields) === false) {
            abort(new Problem("upstream_failed"));
            return;
          }
          fields.push(...ownHeaders(exchange));
          if (isBodyUnread(request)) fields.push("connection", "close");
          response.writeHead(status, statusMessage, fields);
        },
        onResponseData: (started, chunk) => {
          exchange.capture?.data(chunk);
          if (response.write(chunk)) return;
          started.pause();
          response.once("drain", () => started.resume());
        },
        onResponseEnd: () => {
          exchange.capture?.end();
          response.end();
          settle();
        },
        onResponseError: (_started, error) => {
          if (abortReason !== undefined) settle(abortReason);
          else if (controller === undefined) settle(describeRefusal(error, body));
          else settle(describeFailure(error));
        },
      },
    );
  });
}

class ClientGone extends Error {
  override readonly name = "ClientGone";
}

/** The client's own stream is kept out of it: when a connection fails, the stream is destroyed, and the answer with it. */
function bodyOf({ request, body }: Exchange): Buffer | PassThrough | null {
  if (body !== undefined) return body;
  if (!hasBody(request)) return null;
  const stream = new PassThrough();
  request.pipe(stream);
  request.once("error", (error) => stream.destroy(error));
  return stream;
}

/** An error before the request was written to a connection. */
function describeRefusal(error: Error, body: Buffer | PassThrough | null): Error {
  const code = "code" in error ? error.code : undefined;
  if (code === "UND_ERR_INVALID_ARG" || code === "UND_ERR_NOT_SUPPORTED") {
    return new Problem("invalid_request", {
      message: `The request is not valid: ${error.message}.`,
    });
  }
  return new ConnectError(error, body instanceof PassThrough);
}

function describeFailure(error: Error): Problem {
  const code = "code" in error ? error.code : undefined;
  if (code === "UND_ERR_BODY_TIMEOUT" || code === "UND_ERR_HEADERS_TIMEOUT") {
    return new Problem("upstream_timeout", { cause: error });
  }
  return new Problem("upstream_failed", { cause: error });
}

function rawFields(raw: Dispatcher.DispatchController["rawHeaders"]): string[] {
  if (!Array.isArray(raw)) throw new Error("Headers are expected as they came.");
  return raw.map((field) => (typeof field === "string" ? field : field.toString("latin1")));
}
