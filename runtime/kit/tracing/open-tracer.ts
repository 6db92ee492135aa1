import type { Registry } from "prom-client";
import type { RuntimeEnv } from "../../../catalog/runtime-env.ts";
import type { Random } from "../clock.ts";
import type { Logger } from "../logger.ts";
import type { RedisLink } from "../redis.ts";
import { createOtlpExporter } from "./otlp-exporter.ts";
import { ratioSampler } from "./sampling.ts";
import type { SpanResource } from "./span.ts";
import { createSpanStore } from "./span-store.ts";
import { createTracer, type Tracer } from "./tracer.ts";
import { createTracingMetrics } from "./tracing-metrics.ts";
import { createToUnixMs } from "./wall-time.ts";

export interface OpenTracerInput {
  readonly env: Pick<
    RuntimeEnv,
    "SERVICE_NAME" | "INSTANCE_ID" | "RELEASE" | "STACK" | "OTLP_ENDPOINT" | "TRACE_SAMPLE_RATIO"
  >;
  readonly link: RedisLink;
  readonly registry: Registry;
  readonly logger: Logger;
  readonly random: Random;
}

/** This process' tracer: recent spans go to Redis, those of sampled traces to the collector too where there is one. */
export function openTracer({ env, link, registry, logger, random }: OpenTracerInput): Tracer {
  const resource: SpanResource = {
    service: env.SERVICE_NAME,
    instance: env.INSTANCE_ID,
    version: env.RELEASE,
    environment: env.STACK,
  };
  const shared = { resource, metrics: createTracingMetrics(registry), toUnixMs: createToUnixMs() };
  const store = createSpanStore({ ...shared, link });
  const endpoint = env.OTLP_ENDPOINT;
  const sinks =
    endpoint === ""
      ? [store]
      : [store, createOtlpExporter({ ...shared, endpoint, logger, random })];
  return createTracer({ random, sampler: ratioSampler(env.TRACE_SAMPLE_RATIO), sinks });
}
