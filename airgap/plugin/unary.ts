import type * as grpc from "@grpc/grpc-js";
import { toServiceError } from "./errors.ts";

/**
 * Turns a plain (async) function into the handler of a unary RPC. The function gets the request and
 * a signal that is aborted by the host's signal (Cancel, a dead engine) or when the caller gives up
 * this one call; whatever it throws becomes a gRPC status.
 */
export function unary<Request, Response>(
  hostSignal: AbortSignal,
  handle: (request: Request, signal: AbortSignal) => Response | Promise<Response>,
): grpc.handleUnaryCall<Request, Response> {
  return (call, callback) => {
    const abandoned = new AbortController();
    call.on("cancelled", () => abandoned.abort(new Error("the engine gave up the call")));
    const signal = AbortSignal.any([hostSignal, abandoned.signal]);
    void (async () => handle(call.request, signal))().then(
      (response) => callback(null, response),
      (error: unknown) => callback(toServiceError(error, signal)),
    );
  };
}
