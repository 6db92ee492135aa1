import type { Redis } from "ioredis";
import { z } from "zod";
import { redisKeys } from "../../../catalog/redis-keys.ts";
import { isCorrelationId } from "../correlation.ts";
import { traceSegments } from "./span-store.ts";
import { decodeStoredSpans } from "./stored-span.ts";
import { arrangeTrace, type TraceView } from "./trace-view.ts";

/**
 * Reads the recent spans of one correlation id, of all processes: those of the last 15 minutes, as far as there was room, and
 * but for what is written within the next 0.2 s. It changes nothing.
 * @returns null when there is none, or when it is no correlation id
 * @throws the client's error while Redis is away
 */
export async function readTrace(redis: Redis, correlationId: string): Promise<TraceView | null> {
  // So that the fields a segment keeps for itself, which no correlation id is called, are never read as spans.
  if (!isCorrelationId(correlationId)) return null;
  const pipeline = redis.pipeline();
  for (let slot = 0; slot < traceSegments; slot += 1) {
    pipeline.hget(redisKeys.traceSegment(slot), correlationId);
  }
  const replies = (await pipeline.exec()) ?? [];
  const spans = replies.flatMap(([error, text]) => {
    if (error !== null) throw error;
    const found = textSchema.parse(text);
    return found === null ? [] : decodeStoredSpans(found);
  });
  return spans.length === 0 ? null : arrangeTrace(correlationId, spans);
}

const textSchema = z.string().nullable();
