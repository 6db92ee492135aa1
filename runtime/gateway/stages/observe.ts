import type { LineLog } from "../../kit/line-log.ts";
import type { RequestMetrics } from "../request-metrics.ts";
import type { Exchange, Stage } from "../stage.ts";

/** Counts the request and writes a line for it, with the status the client got. */
export function observe(metrics: RequestMetrics, lines: LineLog): Stage {
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
    if (lines.isLevelEnabled(level)) {
      lines.write(level, accessFields(exchange, status, durationMs), "request");
    }
  }
}

/** What came from outside is quoted; the rest has no character that would need it. */
function accessFields(exchange: Exchange, status: number, durationMs: number): string {
  const { correlationId, path, route, caller, request } = exchange;
  const traceId = traceIdOf(exchange);
  return (
    `"correlationId":"${correlationId}"` +
    (traceId === undefined ? "" : `,"traceId":"${traceId}"`) +
    `,"method":"${request.method ?? ""}","path":${JSON.stringify(path)},"route":"${route}"` +
    `,"status":${status},"durationMs":${Math.round(durationMs * 100) / 100}` +
    (caller === undefined ? "" : `,"caller":"${caller}"`)
  );
}

/** Only where others can have spans of the trace: it makes every line longer. */
function traceIdOf({ span }: Exchange): string | undefined {
  return span?.sampled === true || span?.parentSpanId != null ? span.traceId : undefined;
}

function announcedBytes(length: string | undefined): number {
  return length === undefined ? 0 : Number(length);
}
