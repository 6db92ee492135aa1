import { steadyClock } from "../../kit/clock.ts";
import type { GatewayMetrics } from "../gateway-metrics.ts";
import type { ShedOptions } from "../stages/shed.ts";
import { adaptiveLimitDefaults, createAdaptiveLimit } from "./adaptive-limit.ts";
import { createInFlight } from "./in-flight.ts";
import { watchLoad } from "./load-watch.ts";

/** What the shed stage goes by, and what ends the watching. */
export interface Shedding {
  readonly shed: ShedOptions;
  stop(): void;
}

export function openShedding(metrics: GatewayMetrics): Shedding {
  const limit = createAdaptiveLimit();
  const inFlight = createInFlight();
  metrics.concurrencyLimit.set(limit.current());
  const stop = watchLoad({
    limit,
    inFlight,
    clock: steadyClock,
    onLimit: (current) => metrics.concurrencyLimit.set(current),
  });
  return {
    shed: {
      limit,
      inFlight,
      maxInFlight: adaptiveLimitDefaults.max,
      onShed: (reason) => metrics.shedRequests.inc({ reason }),
    },
    stop,
  };
}
