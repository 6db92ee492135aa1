import { serviceNames } from "../../../catalog/services.ts";
import type { Logger } from "../../kit/logger.ts";
import type { GatewayMetrics } from "../gateway-metrics.ts";
import type { CircuitState } from "./breaker.ts";
import type { Breakers } from "./breakers.ts";

/** Writes a line for each change of a breaker, and counts those of services: there are few of them, and they have names. */
export function reportChanges(
  breakers: Breakers,
  metrics: GatewayMetrics,
  logger: Pick<Logger, "info" | "warn">,
): void {
  for (const service of serviceNames) {
    metrics.circuitState.set({ service }, stateNumbers[breakers.ofService(service).view().state]);
    metrics.circuitRejections.inc({ service }, 0);
  }
  breakers.onChange(({ service, instance, from, to, reason, detail }) => {
    const level = to === "open" ? "warn" : "info";
    // `service` and `instance` are the gateway's own, on every line.
    const whose = { upstream: service, upstreamInstance: instance };
    logger[level]({ ...whose, from, to, reason, detail }, "a breaker changed");
    if (instance !== null) return;
    metrics.circuitState.set({ service }, stateNumbers[to]);
    metrics.circuitTransitions.inc({ service, from, to, reason });
  });
}

const stateNumbers: Readonly<Record<CircuitState, number>> = { closed: 0, half_open: 1, open: 2 };
