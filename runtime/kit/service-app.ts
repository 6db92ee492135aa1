import { Hono } from "hono";
import { bodyLimit } from "hono/body-limit";
import { routePath } from "hono/route";
import type { ContentfulStatusCode } from "hono/utils/http-status";
import { headers, paths, type ServiceHealth } from "../../catalog/endpoints.ts";
import type { Random } from "./clock.ts";
import { acceptCorrelationId } from "./correlation.ts";
import { refuseLate } from "./deadline.ts";
import { describeCauses, errorBody, errorHeaders, Problem, toProblem } from "./errors.ts";
import type { Logger } from "./logger.ts";
import type { HttpMetrics } from "./metrics.ts";
import { isRedisUnavailable } from "./redis.ts";
import type { ServiceHonoEnv, ServiceRoutes } from "./service.ts";
import { isWorthKeeping } from "./tracing/sampling.ts";
import type { Tracer } from "./tracing/tracer.ts";

export interface ServiceAppInput {
  readonly service: string;
  /** `/api/v1/<route>` */
  readonly routePrefix: string;
  readonly routes: ServiceRoutes;
  /** Asked at every `/health` and `/health/ready`. */
  readonly health: () => ServiceHealth;
  readonly metrics: HttpMetrics;
  readonly logger: Logger;
  readonly random: Random;
  readonly tracer: Tracer;
}

const maxBodyBytes = 64 * 1024;

/** What every service has around its own routes: correlation, trace, log, metrics, errors, health. */
export function createServiceApp(input: ServiceAppInput): Hono<ServiceHonoEnv> {
  const { service, logger, metrics, random, tracer } = input;
  const app = new Hono<ServiceHonoEnv>();

  app.use(async (context, next) => {
    const startedMs = performance.now();
    const correlationId = acceptCorrelationId(context.req.header(headers.correlationId), random);
    context.set("correlationId", correlationId);
    // Whoever reaches a service is the gateway or another service, so their decision to sample is taken.
    const span = tracer.begin(context.req.header(headers.traceparent), true);
    await tracer.run(span, next);
    context.res.headers.set(headers.correlationId, correlationId);
    const { method } = context.req;
    const { status } = context.res;
    const route =
      status === 404 && routePath(context, -1) === "/*" ? "none" : routePath(context, -1);
    const durationMs = performance.now() - startedMs;
    metrics.requests.inc({ route, method, code: status });
    metrics.durations.observe({ route, method }, durationMs / 1000);
    // Health checks and scrapes come every few seconds and say nothing.
    const isOfClients = route.startsWith(paths.apiPrefix);
    const level = isOfClients ? "info" : "debug";
    const { traceId } = span;
    logger[level]({ correlationId, traceId, method, route, status, durationMs }, "request");
    const ok = status < 500;
    const sampled = span.sampled && isOfClients;
    if (!isWorthKeeping(sampled, correlationId, ok)) return;
    tracer.end({
      ...span,
      sampled,
      name: `${method} ${route}`,
      kind: "server",
      correlationId,
      startedMs,
      durationMs,
      ok,
      attributes: {
        "http.request.method": method,
        "http.route": route,
        "http.response.status_code": status,
        "url.path": context.req.path,
        "error.type": ok ? undefined : String(status),
      },
    });
  });

  app.use(
    bodyLimit({
      maxSize: maxBodyBytes,
      onError: () => {
        throw new Problem("body_too_large", {
          message: `The body is larger than ${maxBodyBytes / 1024} KiB.`,
        });
      },
    }),
  );

  app.use(refuseLate);

  app.get(paths.live, (context) => context.json({ status: "alive", service }));
  app.get(paths.ready, (context) => {
    const health = input.health();
    return context.json(health, health.status === "healthy" ? 200 : 503);
  });
  app.get(paths.health, (context) => {
    const health = input.health();
    return context.json(health, health.status === "healthy" ? 200 : 503);
  });
  app.get(paths.metrics, async (context) =>
    context.text(await metrics.registry.metrics(), 200, {
      "content-type": metrics.registry.contentType,
    }),
  );
  app.route(input.routePrefix, input.routes);

  app.notFound((context) => {
    const problem = new Problem("unknown_route", {
      message: `${service} has nothing at ${context.req.method} ${context.req.path}.`,
    });
    return context.json(errorBody(problem, service, context.get("correlationId")), 404);
  });
  app.onError((error, context) => {
    const correlationId = context.get("correlationId");
    const problem = isRedisUnavailable(error)
      ? new Problem("datastore_unavailable", {
          message:
            "Redis did not answer. A change may or may not have been made: repeat it with the same Idempotency-Key.",
          cause: error,
        })
      : toProblem(error);
    if (problem.code === "internal_error") {
      logger.error({ correlationId, err: problem.cause }, "a bug");
    } else if (problem.status >= 500) {
      const reason = describeCauses(problem.cause);
      logger.warn({ correlationId, code: problem.code, reason }, problem.message);
    }
    return context.json(
      errorBody(problem, service, correlationId),
      problem.status satisfies ContentfulStatusCode,
      errorHeaders(problem),
    );
  });
  return app;
}
