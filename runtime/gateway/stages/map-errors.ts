import { headers } from "../../../catalog/endpoints.ts";
import {
  describeCauses,
  errorBody,
  errorHeaders,
  type Problem,
  toProblem,
} from "../../kit/errors.ts";
import type { Logger } from "../../kit/logger.ts";
import { sendJson } from "../answer.ts";
import type { GatewayMetrics } from "../gateway-metrics.ts";
import type { Stage } from "../stage.ts";

/** Turns an error into an answer: the only place in the gateway that does. */
export function mapErrors(metrics: GatewayMetrics, logger: Logger): Stage {
  /** A refusal that needs no looking into has its line in the access log; an outage must not cost a stack for each request. */
  function logProblem(problem: Problem, context: Readonly<Record<string, unknown>>): void {
    const { code, cause, message } = problem;
    if (code === "internal_error") {
      logger.error({ ...context, err: cause }, "a bug");
    } else if (problem.status >= 500 && cause !== undefined) {
      logger.warn({ ...context, code, reason: describeCauses(cause) }, message);
    }
  }

  return async function mapErrorsStage(exchange, next) {
    try {
      await next();
    } catch (error) {
      const { response, correlationId, target } = exchange;
      const problem = toProblem(error);
      logProblem(problem, { correlationId, upstream: target?.service });
      // Half an answer cannot be taken back. The client must see that it is broken.
      if (response.headersSent) {
        response.destroy();
        return;
      }
      const extra = errorHeaders(problem);
      extra["cache-control"] = "no-store";
      if (problem.code === "service_unavailable") {
        extra[headers.fallback] = "unavailable";
        metrics.fallbacks.inc({ service: target?.service ?? "none", kind: "unavailable" });
      }
      const body = errorBody(problem, target?.service ?? "gateway", correlationId);
      sendJson(exchange, problem.status, body, extra);
    }
  };
}
