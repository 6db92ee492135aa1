import { z } from "zod";
import { redisKeys } from "../../../catalog/redis-keys.ts";
import { isRedisUnavailable, type RedisLink } from "../redis.ts";
import { defineScript, runScript } from "../script.ts";
import { createBatcher } from "./batcher.ts";
import type { Span, SpanResource } from "./span.ts";
import { encodeStoredSpan } from "./stored-span.ts";
import type { SpanSink } from "./tracer.ts";
import type { TracingMetrics } from "./tracing-metrics.ts";
import type { ToUnixMs } from "./wall-time.ts";

/** Segments of the ring that recent spans are written to. */
export const traceSegments = 16;
/**
 * A segment is left for the next at this many bytes or this age, whatever comes first. So the store has the catalogue's `traceStoreMb` at
 * most, however many spans there are, which is about 6000 traces of nine spans; and none is older than 16 minutes.
 */
const segmentBytes = 1024 * 1024;
const segmentAgeMs = 60_000;
const keepMs = 15 * 60_000;
/** What an entry costs beside its id and its spans. */
const entryBytes = 80;
/** Spans of one correlation id in one segment: at least 46, and about 90 of ordinary length. The rest is dropped. */
const bytesPerId = 32 * 1024;

/** So that a batch, of 25 KB, keeps Redis for about a millisecond at most (measured: 15 µs for a span of the longest kind). */
const maxBatch = 64;
const maxQueued = 512;
const intervalMs = 200;
/** So that an outage, of which every request is kept, costs this process 1300 spans a second at most: 0.5 % of a core. */
const backlogMs = 50;
const stopDeadlineMs = 1000;

export interface SpanStoreOptions {
  readonly link: RedisLink;
  readonly resource: SpanResource;
  readonly toUnixMs: ToUnixMs;
  readonly metrics: TracingMetrics;
}

/**
 * Keeps recent spans in Redis by their correlation id, for {@link readTrace} to find those of all processes. They are
 * written in batches; while Redis is away, or when there are too many, they are dropped and counted.
 */
export function createSpanStore({ link, resource, toUnixMs, metrics }: SpanStoreOptions): SpanSink {
  const batcher = createBatcher<Span>({
    intervalMs,
    backlogMs,
    maxBatch,
    maxQueued,
    send: async (spans) => {
      if (link.state().status !== "up") {
        metrics.dropped.inc({ reason: "redis_away" }, spans.length);
        return;
      }
      try {
        const tooMany = await appendSpans(link, groupById(spans, resource, toUnixMs));
        metrics.stored.inc(spans.length - tooMany);
        metrics.dropped.inc({ reason: "too_many_of_one_id" }, tooMany);
      } catch (error) {
        // The link tells of Redis' state; spans have nothing to add to it. Without room for more it counts as away; what else it
        // refuses has other reasons, such as rights that are old.
        const reason = isRedisUnavailable(error) ? "redis_away" : "redis_refused";
        metrics.dropped.inc({ reason }, spans.length);
      }
    },
    onDropped: (count) => metrics.dropped.inc({ reason: "store_queue_full" }, count),
  });
  return { add: (span) => batcher.add(span), stop: () => batcher.stop(stopDeadlineMs) };
}

/** @returns ids and their spans in turn, as the script takes them */
function groupById(
  spans: readonly Span[],
  resource: SpanResource,
  toUnixMs: ToUnixMs,
): ReadonlyMap<string, string[]> {
  const byId = new Map<string, string[]>();
  for (const span of spans) {
    const text = encodeStoredSpan(span, toUnixMs(span.startedMs), resource);
    const list = byId.get(span.correlationId);
    if (list === undefined) byId.set(span.correlationId, [text]);
    else list.push(text);
  }
  return byId;
}

/** @returns how many found no room */
async function appendSpans(
  { commands }: RedisLink,
  byId: ReadonlyMap<string, readonly string[]>,
): Promise<number> {
  const slots = Array.from({ length: traceSegments }, (_, slot) => [
    segmentName(slot),
    redisKeys.traceSegment(slot),
  ]);
  const reply = await runScript(commands, appendScript, {
    keys: { head: redisKeys.traceHead, ...(Object.fromEntries(slots) as Record<string, string>) },
    args: {
      batch: JSON.stringify([...byId].flat()),
      segments: traceSegments,
      segmentBytes,
      segmentAgeMs,
      keepMs,
      entryBytes,
      bytesPerId,
    },
  });
  return z.number().parse(reply);
}

function segmentName(slot: number): string {
  return `segment${slot}`;
}

/**
 * A segment is a hash of correlation id → spans with commas between them, and its own size and time of beginning under names
 * that are no ids.
 */
const appendScript = defineScript({
  name: "traces-append",
  keys: ["head", ...Array.from({ length: traceSegments }, (_, slot) => segmentName(slot))],
  args: ["batch", "segments", "segmentBytes", "segmentAgeMs", "keepMs", "entryBytes", "bytesPerId"],
  lua: `
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
local number = tonumber(redis.call('GET', head) or '0')
local segment = KEYS[2 + number % segments]
local used = tonumber(redis.call('HGET', segment, '#bytes') or '0')
local since = tonumber(redis.call('HGET', segment, '#since') or now)
if used >= tonumber(segmentBytes) or now - since >= tonumber(segmentAgeMs) then
  number = number + 1
  segment = KEYS[2 + number % segments]
  redis.call('DEL', segment)
  redis.call('SET', head, number)
  used, since = 0, now
end
local dropped = 0
local ids = cjson.decode(batch)
for at = 1, #ids, 2 do
  local id, spans = ids[at], ids[at + 1]
  local kept = redis.call('HGET', segment, id)
  local text = kept or ''
  for _, span in ipairs(spans) do
    if #text + #span >= tonumber(bytesPerId) then
      dropped = dropped + 1
    else
      text = text == '' and span or (text .. ',' .. span)
    end
  end
  used = used + #text - (kept and #kept or -entryBytes - #id)
  redis.call('HSET', segment, id, text)
end
redis.call('HSET', segment, '#bytes', used, '#since', since)
redis.call('PEXPIRE', segment, keepMs)
return dropped`,
});
