import type { Logger } from "../../kit/logger.ts";
import type { RequestMetrics } from "../request-metrics.ts";
import type { Exchange, Stage } from "../stage.ts";

/** Counts the request and writes a line for it, with the status the client got. */
export function observe(metrics: RequestMetrics, logger: Logger): Stage {
  return async function observeStage(exchange, next) {
    metrics.begin();
    try {
      await next();
    } finally {
      count(exchange);
    }
  };

  function count(exchange: Exchange): void {
    const { route, request, response } = exchange;
    // A client that left before the answer began got none; 499 is nginx's number for that.
    const status = response.headersSent ? response.statusCode : 499;
    const durationMs = performance.now() - exchange.startedMs;
    metrics.end({
      route,
      method: request.method,
      status,
      durationMs,
      requestBytes: announcedBytes(request.headers["content-length"]),
      responseBytes: exchange.responseBytes,
    });
    const isOwnPage = exchange.target === undefined && status < 400;
    const level = isOwnPage ? "debug" : "info";
    if (!logger.isLevelEnabled(level)) return;
    logger[level](
      {
        correlationId: exchange.correlationId,
        traceId: traceIdOf(exchange),
        method: request.method,
        path: exchange.path,
        route,
        status,
        durationMs: Math.round(durationMs * 100) / 100,
        caller: exchange.caller,
      },
      "request",
    );
  }
}

/** Only where others can have spans of the trace: it makes every line longer. */
function traceIdOf({ span }: Exchange): string | undefined {
  return span?.sampled === true || span?.parentSpanId != null ? span.traceId : undefined;
}

function announcedBytes(length: string | undefined): number {
  return length === undefined ? 0 : Number(length);
}
