import type { RequestListener } from "node:http";
import type { RuntimeEnv } from "../../catalog/runtime-env.ts";
import type { Random } from "../kit/clock.ts";
import type { Logger } from "../kit/logger.ts";
import type { HttpMetrics } from "../kit/metrics.ts";
import type { GatewayMetrics } from "./gateway-metrics.ts";
import type { Registry } from "./registry.ts";
import { beginExchange, compose, type Stage } from "./stage.ts";
import { forward } from "./stages/forward.ts";
import { identify } from "./stages/identify.ts";
import { mapErrors } from "./stages/map-errors.ts";
import { observe } from "./stages/observe.ts";
import { ownPages, type Page } from "./stages/own-pages.ts";
import { requestId } from "./stages/request-id.ts";
import { route } from "./stages/route.ts";
import type { Upstreams } from "./upstreams.ts";

export interface GatewayDeps {
  readonly authMode: RuntimeEnv["AUTH_MODE"];
  /** Clients come through the platform's entry only, which says their address. @default false */
  readonly trustForwardedFor?: boolean;
  readonly registry: Registry;
  readonly upstreams: Upstreams;
  readonly pages: ReadonlyMap<string, Page>;
  readonly httpMetrics: HttpMetrics;
  readonly metrics: GatewayMetrics;
  readonly logger: Logger;
  readonly random: Random;
  /** Longest wait for the head of a service's answer. @default 10 000 */
  readonly deadlineMs?: number;
}

/**
 * The way of a request, from top to bottom. The id comes first, so that every line and answer has it. Counting is outside the
 * error mapping and therefore sees the status that the client got. Who asks is known before anything is decided by it:
 * limits per caller stand behind `identify`, before the first stage that costs something. A circuit breaker stands between
 * `route`, which knows the service, and `forward`.
 */
export function createGateway(deps: GatewayDeps): RequestListener {
  const { authMode, registry, upstreams, pages, httpMetrics, metrics, logger, random } = deps;
  const stages: readonly Stage[] = [
    requestId(random),
    observe(httpMetrics, logger),
    mapErrors(metrics, logger),
    identify(authMode),
    ownPages(pages),
    route([...pages.keys()]),
    forward({ registry, upstreams, metrics, deadlineMs: deps.deadlineMs ?? 10_000 }),
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
