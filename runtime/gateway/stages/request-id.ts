import { headers } from "../../../catalog/endpoints.ts";
import type { Random } from "../../kit/clock.ts";
import { acceptCorrelationId } from "../../kit/correlation.ts";
import type { Stage } from "../stage.ts";

/** Takes the request's correlation id, or gives it one. */
export function requestId(random: Random): Stage {
  return function requestIdStage(exchange, next) {
    const offered = exchange.request.headers[headers.correlationId];
    const single = typeof offered === "string" ? offered : undefined;
    exchange.correlationId = acceptCorrelationId(single, random);
    return next();
  };
}
