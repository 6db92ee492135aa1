import { headers } from "../../../catalog/endpoints.ts";
import { errorBody, errorHeaders, toProblem } from "../../kit/errors.ts";
import type { Logger } from "../../kit/logger.ts";
import { sendJson } from "../answer.ts";
import type { GatewayMetrics } from "../gateway-metrics.ts";
import type { Stage } from "../stage.ts";

/** Turns an error into an answer: the only place in the gateway that does. */
export function mapErrors(metrics: GatewayMetrics, logger: Logger): Stage {
  return async function mapErrorsStage(exchange, next) {
    try {
      await next();
    } catch (error) {
      const { response, correlationId, target } = exchange;
      const problem = toProblem(error);
      if (problem.status >= 500) {
        const level = problem.code === "internal_error" ? "error" : "warn";
        logger[level]({ correlationId, service: target?.service, err: problem }, "request failed");
      }
      // Half an answer cannot be taken back. The client must see that it is broken.
      if (response.headersSent) {
        response.destroy();
        return;
      }
      const extra = errorHeaders(problem);
      if (problem.code === "service_unavailable") {
        extra[headers.fallback] = "unavailable";
        metrics.fallbacks.inc({ service: target?.service ?? "none", kind: "unavailable" });
      }
      const body = errorBody(problem, target?.service ?? "gateway", correlationId);
      sendJson(exchange, problem.status, body, extra);
    }
  };
}
