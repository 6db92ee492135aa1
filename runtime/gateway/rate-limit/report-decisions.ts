import type { Logger } from "../../kit/logger.ts";
import type { GatewayMetrics } from "../gateway-metrics.ts";
import type { LimiterListener } from "./limiter.ts";

/** Counts what the limiter decides, and writes a line when it begins or ends to decide by itself. */
export function reportDecisions(metrics: GatewayMetrics, logger: Logger): LimiterListener {
  const { rateLimitDecisions: decisions } = metrics;
  // Looked up once: finding a metric by its labels costs more than counting.
  const allowed = {
    redis: decisions.labels({ decision: "allowed", mode: "redis" }),
    local: decisions.labels({ decision: "allowed", mode: "local" }),
  };
  const refused = {
    redis: decisions.labels({ decision: "refused", mode: "redis" }),
    local: decisions.labels({ decision: "refused", mode: "local" }),
    known: decisions.labels({ decision: "refused", mode: "known" }),
  };
  const durations = metrics.rateLimitRedisDurations.labels({});
  metrics.rateLimitDegraded.set(1);
  return {
    allowed: (mode) => allowed[mode].inc(),
    refused: (mode) => refused[mode].inc(),
    answered: (seconds) => durations.observe(seconds),
    degraded: (reason) => {
      metrics.rateLimitDegraded.set(reason === undefined ? 0 : 1);
      if (reason === undefined) logger.info("rate limits are decided in Redis, for all gateways");
      else logger.warn({ reason }, "rate limits are decided here, by what this gateway has seen");
    },
  };
}
