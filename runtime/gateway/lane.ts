import type { ServiceName } from "../../catalog/services.ts";
import { Problem } from "../kit/errors.ts";
import type { Breakers } from "./breaker/breakers.ts";
import type { GatewayMetrics } from "./gateway-metrics.ts";
import type { Registry } from "./registry.ts";
import { createRetryBudget, type RetryBudget } from "./retry-budget.ts";
import type { SendOutcome } from "./send.ts";

/** What the requests to one service have in common: its retry budget and its counters, found once and not for each of them. */
export interface Lane {
  readonly budget: RetryBudget;
  /** Whether a request may be tried a second time. If so it is in the budget, and must be. */
  readonly takeRetry: () => boolean;
  count(outcome: SendOutcome, durationMs: number): void;
  /** How a second attempt ended. */
  countRetry(outcome: SendOutcome): void;
  /** @param isRefused whether instances refused this very request, and none is left */
  unavailable(isRefused: boolean, cause?: unknown): Problem;
}

export interface LaneOptions {
  readonly registry: Registry;
  readonly breakers: Breakers;
  readonly metrics: GatewayMetrics;
}

export function createLane(
  service: ServiceName,
  { registry, breakers, metrics }: LaneOptions,
): Lane {
  const budget = createRetryBudget(() => performance.now());
  const durations = metrics.upstreamDurations.labels({ service });
  const counters = new Map<SendOutcome, ReturnType<typeof counterOf>>();
  const counterOf = (outcome: SendOutcome) => metrics.upstreamRequests.labels({ service, outcome });

  return {
    budget,
    takeRetry: () => {
      // Who is just coming back is not to get more than the breaker lets through.
      const isRecovering = breakers.ofService(service).view().state === "half_open";
      const taken = !isRecovering && budget.tryTake();
      if (!taken) metrics.retries.inc({ service, result: "no_budget" });
      metrics.retryBudgetUsed.set({ service }, budget.used());
      return taken;
    },
    count: (outcome, durationMs) => {
      let counter = counters.get(outcome);
      if (counter === undefined) {
        counter = counterOf(outcome);
        counters.set(outcome, counter);
      }
      counter.inc();
      durations.observe(durationMs / 1000);
    },
    countRetry: (outcome) => metrics.retries.inc({ service, result: outcome }),
    unavailable: (isRefused, cause) => {
      const known = registry.snapshot().instances.get(service) ?? [];
      const reason =
        known.length === 0
          ? "no instance of it is registered"
          : isRefused || registry.usable(service).length === 0
            ? `it refuses connections at ${known.map(({ host, port }) => `${host}:${port}`).join(", ")}`
            : "none of its instances takes requests now";
      return new Problem("service_unavailable", {
        message: `The ${service} service is not available: ${reason}. Try again in a few seconds.`,
        cause,
      });
    },
  };
}
