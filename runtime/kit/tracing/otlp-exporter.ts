import { setTimeout as sleep } from "node:timers/promises";
import { Pool } from "undici";
import { z } from "zod";
import type { Random } from "../clock.ts";
import { describeCauses } from "../errors.ts";
import type { Logger } from "../logger.ts";
import { createBatcher } from "./batcher.ts";
import { toOtlpJson } from "./otlp-json.ts";
import type { Span, SpanResource } from "./span.ts";
import type { SpanSink } from "./tracer.ts";
import type { TracingMetrics } from "./tracing-metrics.ts";
import type { ToUnixMs } from "./wall-time.ts";

export interface OtlpExporterOptions {
  /** Such as `http://collector:4318`; a path before `/v1/traces` may follow. */
  readonly endpoint: string;
  readonly resource: SpanResource;
  readonly toUnixMs: ToUnixMs;
  readonly metrics: TracingMetrics;
  readonly logger: Logger;
  readonly random: Random;
  readonly timing?: ExportTiming;
}

export interface ExportTiming {
  readonly intervalMs: number;
  /** Longest wait for the answer to one attempt. */
  readonly deadlineMs: number;
  /** Before the second attempt; doubled before each further one. */
  readonly backOffMs: number;
  readonly stopDeadlineMs: number;
}

const defaultTiming: ExportTiming = {
  intervalMs: 1000,
  deadlineMs: 3000,
  backOffMs: 500,
  stopDeadlineMs: 2000,
};

const maxBatch = 512;
const maxQueued = 2048;
const maxAttempts = 4;
/** Longest that a collector may ask to wait. */
const maxWaitMs = 5000;
const maxAnswerBytes = 64 * 1024;

/**
 * Sends spans of sampled traces to a collector by OTLP/HTTP, one batch at a time. A collector that is away or overloaded is
 * tried again a few times; meanwhile spans queue up, and those too many are dropped and counted. Nothing ever waits for it.
 */
export function createOtlpExporter(options: OtlpExporterOptions): SpanSink {
  const { resource, toUnixMs, metrics, logger, random, timing = defaultTiming } = options;
  const url = `${options.endpoint.replace(/\/+$/, "")}/v1/traces`;
  const { origin, pathname } = new URL(url);
  const pool = new Pool(origin, {
    connections: 1,
    connect: { timeout: timing.deadlineMs },
    maxResponseSize: maxAnswerBytes,
  });
  const stopping = new AbortController();
  let isFailing = false;

  const batcher = createBatcher<Span>({
    intervalMs: timing.intervalMs,
    backlogMs: 0,
    maxBatch,
    maxQueued,
    send: sendBatch,
    onDropped: (count) => metrics.dropped.inc({ reason: "export_queue_full" }, count),
  });

  async function sendBatch(spans: readonly Span[]): Promise<void> {
    const body = toOtlpJson(spans, resource, toUnixMs);
    for (let attempt = 1; ; attempt += 1) {
      const result = await post(body);
      if (result.kind === "accepted") {
        const rejected = Math.min(result.rejected, spans.length);
        metrics.exported.inc({ outcome: "sent" }, spans.length - rejected);
        metrics.exported.inc({ outcome: "rejected" }, rejected);
        if (isFailing) logger.info({ url }, "the trace collector takes spans again");
        isFailing = false;
        return;
      }
      if (!result.canRepeat || attempt === maxAttempts || stopping.signal.aborted) {
        metrics.exported.inc({ outcome: "failed" }, spans.length);
        if (!isFailing) {
          logger.warn({ url, reason: result.reason }, "the trace collector does not take spans");
        }
        isFailing = true;
        return;
      }
      const backOffMs = timing.backOffMs * 2 ** (attempt - 1) * (0.5 + random.fraction());
      const waitMs = Math.min(Math.max(backOffMs, result.retryAfterMs), maxWaitMs);
      await sleep(waitMs, undefined, { ref: false, signal: stopping.signal }).catch(
        () => undefined,
      );
    }
  }

  async function post(body: string): Promise<PostResult> {
    try {
      const {
        statusCode,
        headers,
        body: answer,
      } = await pool.request({
        path: pathname,
        method: "POST",
        headers: { "content-type": "application/json" },
        body,
        signal: AbortSignal.timeout(timing.deadlineMs),
      });
      const text = await answer.text();
      if (statusCode < 300) return { kind: "accepted", rejected: countRejected(text) };
      return {
        kind: "refused",
        canRepeat: repeatable.has(statusCode),
        reason: `it answered ${statusCode}`,
        retryAfterMs: Number(headers["retry-after"] ?? 0) * 1000 || 0,
      };
    } catch (error) {
      return { kind: "refused", canRepeat: true, reason: describeCauses(error), retryAfterMs: 0 };
    }
  }

  return {
    add: (span) => {
      if (span.sampled) batcher.add(span);
    },
    stop: async () => {
      stopping.abort();
      await batcher.stop(timing.stopDeadlineMs);
      await pool.destroy();
    },
  };
}

type PostResult =
  | { readonly kind: "accepted"; readonly rejected: number }
  | {
      readonly kind: "refused";
      readonly canRepeat: boolean;
      readonly reason: string;
      readonly retryAfterMs: number;
    };

/** Statuses after which the protocol lets the same batch be sent again. */
const repeatable: ReadonlySet<number> = new Set([429, 502, 503, 504]);

/** A collector may take a batch and refuse some of it. An answer that cannot be read refuses nothing. */
function countRejected(answer: string): number {
  try {
    const { partialSuccess } = answerSchema.parse(JSON.parse(answer));
    return partialSuccess?.rejectedSpans ?? 0;
  } catch {
    return 0;
  }
}

const answerSchema = z.object({
  partialSuccess: z.object({ rejectedSpans: z.coerce.number().int().min(0).optional() }).optional(),
});
