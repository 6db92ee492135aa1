import { headers } from "../../../catalog/endpoints.ts";
import type { Tracer } from "../../kit/tracing/tracer.ts";
import type { Stage } from "../stage.ts";

/** Takes up the request's trace, or begins one, and ends the gateway's span when the answer is out. */
export function trace(tracer: Tracer): Stage {
  return function traceStage(exchange, next) {
    const offered = exchange.request.headers[headers.traceparent];
    exchange.span = tracer.begin(typeof offered === "string" ? offered : undefined, false);
    return next();
  };
}
