import type { Logger } from "../../kit/logger.ts";
import type { HttpMetrics } from "../../kit/metrics.ts";
import type { Stage } from "../stage.ts";

/** Counts the request and writes a line for it, with the status the client got. */
export function observe(metrics: HttpMetrics, logger: Logger): Stage {
  const handles = new Map<string, Handles>();

  /** Finding a metric by its labels costs more than counting, so what was found is kept. Labels are bounded. */
  function handlesOf(route: string, method: string, code: number): Handles {
    const key = `${method} ${code} ${route}`;
    const known = handles.get(key);
    if (known !== undefined) return known;
    const found = {
      requests: metrics.requests.labels(route, method, String(code)),
      durations: metrics.durations.labels(route, method),
    };
    handles.set(key, found);
    return found;
  }

  return async function observeStage(exchange, next) {
    await next();
    const { route, request, response } = exchange;
    const method = knownMethods.has(request.method ?? "") ? (request.method ?? "") : "other";
    // A client that left before the answer began got none; 499 is nginx's number for that.
    const status = response.headersSent ? response.statusCode : 499;
    const durationMs = performance.now() - exchange.startedMs;
    const { requests, durations } = handlesOf(route, method, status);
    requests.inc();
    durations.observe(durationMs / 1000);
    const isOwnPage = exchange.target === undefined && status < 400;
    const level = isOwnPage ? "debug" : "info";
    if (!logger.isLevelEnabled(level)) return;
    logger[level](
      {
        correlationId: exchange.correlationId,
        method,
        path: exchange.path,
        route,
        status,
        durationMs: Math.round(durationMs * 100) / 100,
        caller: exchange.caller,
      },
      "request",
    );
  };
}

interface Handles {
  readonly requests: ReturnType<HttpMetrics["requests"]["labels"]>;
  readonly durations: ReturnType<HttpMetrics["durations"]["labels"]>;
}

const knownMethods = new Set(["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"]);
