import type { RequestListener } from "node:http";
import type { RuntimeEnv } from "../../catalog/runtime-env.ts";
import { type Clock, type Random, steadyClock } from "../kit/clock.ts";
import { type LineLog, linesThrough } from "../kit/line-log.ts";
import type { Logger } from "../kit/logger.ts";
import type { Tracer } from "../kit/tracing/tracer.ts";
import type { Breakers } from "./breaker/breakers.ts";
import type { GatewayMetrics } from "./gateway-metrics.ts";
import type { Identify } from "./identity/identify.ts";
import type { Registry } from "./registry.ts";
import { beginExchange, compose, type Stage } from "./stage.ts";
import { pageAccess } from "./page-access.ts";
import { circuitBreaker } from "./stages/circuit-breaker.ts";
import { forward } from "./stages/forward.ts";
import { guard, type GuardOptions } from "./stages/guard.ts";
import { admit, identity } from "./stages/identity.ts";
import { mapErrors } from "./stages/map-errors.ts";
import { observe } from "./stages/observe.ts";
import { ownPages, type Page } from "./stages/own-pages.ts";
import { rateLimit, type RateLimitOptions } from "./stages/rate-limit.ts";
import { requestId } from "./stages/request-id.ts";
import { route } from "./stages/route.ts";
import { shed, type ShedOptions } from "./stages/shed.ts";
import { trace } from "./stages/trace.ts";
import type { RequestMetrics } from "./request-metrics.ts";
import type { Upstreams } from "./upstreams.ts";

export interface GatewayDeps {
  /** Clients come through the platform's entry only, which says their address. @default false */
  readonly trustForwardedFor?: boolean;
  /** Whose word is taken for who asks; in mode `jwt` some pages are not for everybody. @default header */
  readonly authMode?: RuntimeEnv["AUTH_MODE"];
  readonly identify: Identify;
  readonly guard: GuardOptions;
  readonly shed: ShedOptions;
  readonly rateLimit: RateLimitOptions;
  readonly breakers: Breakers;
  readonly registry: Registry;
  readonly upstreams: Upstreams;
  readonly pages: ReadonlyMap<string, Page>;
  readonly httpMetrics: RequestMetrics;
  readonly metrics: GatewayMetrics;
  readonly tracer: Tracer;
  readonly logger: Logger;
  /** Takes the line of each request. @default through the logger */
  readonly lines?: LineLog;
  readonly random: Random;
  /** Measures the age of what is kept. @default the steady clock */
  readonly clock?: Clock;
  /** Longest wait for the head of a service's answer. @default 10 000 */
  readonly deadlineMs?: number;
}

/**
 * The way of a request, from top to bottom. The id comes first, so that every line and answer has it. Counting is outside the
 * error mapping and therefore sees the status that the client got. Nothing of a body is read before `shed` has let it in. Who
 * asks is known before anything is decided by it.
 * What costs least refuses first: nothing before `rateLimit` leaves this process, and nothing before `forward` reaches a service.
 */
export function createGateway(deps: GatewayDeps): RequestListener {
  const { registry, upstreams, breakers, pages, httpMetrics, metrics, tracer, logger } = deps;
  const deadlineMs = deps.deadlineMs ?? 10_000;
  const access = pageAccess(deps.authMode ?? "header", pages);
  const stages: readonly Stage[] = [
    requestId(deps.random),
    trace(tracer),
    observe(httpMetrics, deps.lines ?? linesThrough(logger)),
    mapErrors(metrics, logger),
    guard(deps.guard),
    route([...access.pages.keys()]),
    shed(deps.shed),
    identity(deps.identify),
    rateLimit(deps.rateLimit),
    admit(),
    ownPages(access),
    circuitBreaker({ breakers, metrics, clock: deps.clock ?? steadyClock }),
    forward({ registry, upstreams, breakers, metrics, tracer, deadlineMs }),
  ];
  const run = compose(stages);

  return (request, response) => {
    // Writing to a client that has just left is an error of the response, and nobody's fault.
    response.on("error", () => undefined);
    run(beginExchange(request, response, deps.trustForwardedFor)).catch((error: unknown) => {
      // Everything that can be answered was; this is a bug in a stage outside the error mapping.
      logger.error({ err: error }, "the pipeline failed");
      response.destroy();
    });
  };
}
