import type { ServiceName } from "../../../catalog/services.ts";
import { Problem } from "../../kit/errors.ts";
import type { Tracer } from "../../kit/tracing/tracer.ts";
import type { Breakers } from "../breaker/breakers.ts";
import type { GatewayMetrics } from "../gateway-metrics.ts";
import { type Instance, type Registry } from "../registry.ts";
import { ConnectError, exchangeWith } from "../send.ts";
import type { Exchange, Stage, Target } from "../stage.ts";
import { beginAttempt, endAttempt } from "../upstream-attempts.ts";
import type { Upstreams } from "../upstreams.ts";

export interface ForwardOptions {
  readonly registry: Registry;
  readonly upstreams: Upstreams;
  readonly breakers: Breakers;
  readonly metrics: GatewayMetrics;
  readonly tracer: Tracer;
  /** From handing the request over to the head of the answer. */
  readonly deadlineMs: number;
}

/** Instances that one request is offered to, when each refuses the connection. */
const maxAttempts = 3;

/**
 * Sends the request to an instance and its answer to the client. Only a refused connection is tried again, on another
 * instance: the service has seen nothing of such a request. With nobody to send to, the answer is 503 at once.
 */
export function forward(options: ForwardOptions): Stage {
  const { registry, upstreams, metrics, tracer, deadlineMs } = options;

  async function attempt(exchange: Exchange, target: Target, tried: Set<Instance>): Promise<void> {
    const candidates = registry.usable(target.service).filter((one) => !tried.has(one));
    const upstream = upstreams.choose(candidates);
    if (upstream === undefined) throw unavailable(target.service);
    const traced = beginAttempt(exchange, tracer, upstream.instance);
    const stop = metrics.upstreamDurations.startTimer({ service: target.service });
    try {
      const path = target.path + exchange.query;
      const outcome = await exchangeWith(upstream, exchange, { path, deadlineMs });
      endAttempt(traced, outcome, exchange.response.statusCode);
      count(target, outcome);
      stop();
    } catch (error) {
      if (!(error instanceof ConnectError)) {
        const outcome = error instanceof Problem ? error.code : "failed";
        endAttempt(traced, outcome);
        count(target, outcome);
        throw error;
      }
      endAttempt(traced, "refused");
      count(target, "refused");
      registry.eject(upstream.instance);
      tried.add(upstream.instance);
      const canRepeat = tried.size < maxAttempts && !error.bodyStarted;
      if (!canRepeat) throw unavailable(target.service, error);
      await attempt(exchange, target, tried);
    }
  }

  function count({ service }: Target, outcome: string): void {
    metrics.upstreamRequests.inc({ service, outcome });
  }

  function unavailable(service: ServiceName, cause?: unknown): Problem {
    const known = registry.snapshot().instances.get(service) ?? [];
    const reason =
      known.length === 0
        ? "no instance of it is registered"
        : `it refuses connections at ${known.map(({ host, port }) => `${host}:${port}`).join(", ")}`;
    return new Problem("service_unavailable", {
      message: `The ${service} service is not available: ${reason}. Try again in a few seconds.`,
      cause,
    });
  }

  return async function forwardStage(exchange) {
    if (exchange.target === undefined) throw new Error("The route stage comes before this one.");
    await attempt(exchange, exchange.target, new Set());
  };
}
