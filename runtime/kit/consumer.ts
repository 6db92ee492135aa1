import type { Redis } from "ioredis";
import { setTimeout as sleep } from "node:timers/promises";
import { z } from "zod";
import { redisKeys } from "../../catalog/redis-keys.ts";
import { type EventEnvelope, parseEvent } from "./events.ts";
import type { Logger } from "./logger.ts";
import type { EventMetrics } from "./metrics.ts";
import { isRedisUnavailable, type RedisLink } from "./redis.ts";
import { defineScript, runScript } from "./script.ts";
import { traceHandler } from "./tracing/handler-span.ts";
import type { Tracer } from "./tracing/tracer.ts";

/** An event as a consumer got it. */
export interface Delivery {
  readonly event: EventEnvelope;
  /** For {@link onceLua}: where the delivery is written down until it is handled. */
  readonly stream: string;
  readonly group: string;
  readonly entryId: string;
}

export interface ConsumerDefinition {
  /** Domain whose events are read. */
  readonly domain: string;
  /** Event types the handler takes; others are acknowledged unread. */
  readonly types: readonly string[];
  /** Makes its change in a script that begins and ends with {@link onceLua}, so that a repeated delivery does nothing. */
  readonly handle: (delivery: Delivery) => Promise<void>;
}

export interface ConsumerContext {
  readonly link: RedisLink;
  /** Client name: the consumer group's name, and where its dead letters go. */
  readonly group: string;
  /** Unique among the group's consumers: the instance. */
  readonly consumer: string;
  readonly logger: Logger;
  readonly metrics: EventMetrics;
  readonly tracer: Tracer;
  readonly timing?: ConsumerTiming;
}

export interface ConsumerTiming {
  /** Longest wait for a new event in one read. */
  readonly blockMs: number;
  /** A delivery that was not acknowledged for so long is taken over, whoever had it. */
  readonly staleMs: number;
  /** Deliveries of one event before it is a dead letter. */
  readonly maxDeliveries: number;
}

export interface Consumer {
  /** Returns when the event at hand is handled, and after two seconds at the latest. */
  stop(): Promise<void>;
}

const defaultTiming: ConsumerTiming = { blockMs: 2000, staleMs: 10_000, maxDeliveries: 5 };
const batchSize = 32;
const maxDeadLetters = 10_000;

/**
 * Reads a domain's stream in a consumer group, from its beginning when the group is new. Events that a consumer took and
 * did not finish are claimed by the others; what fails at every attempt goes to the client's dead letters with the reason.
 */
export function startConsumer(definition: ConsumerDefinition, context: ConsumerContext): Consumer {
  const { link, group, consumer, logger, metrics, tracer, timing = defaultTiming } = context;
  const stream = redisKeys.eventStream(definition.domain);
  const blocking = link.openBlocking(timing.blockMs);
  const stopping = new AbortController();

  async function deliver({ entryId, fields }: Entry, deliveries: number): Promise<void> {
    try {
      const event = parseEvent(fields);
      if (definition.types.includes(event.type)) {
        const delivery: Delivery = { event, stream, group, entryId };
        await traceHandler(tracer, delivery, () => definition.handle(delivery));
      } else {
        await link.commands.xack(stream, group, entryId);
      }
      metrics.consumed.inc({ stream, outcome: "handled" });
    } catch (error) {
      // While Redis is away nothing is the event's fault. It stays pending and comes again.
      if (isRedisUnavailable(error)) throw error;
      metrics.consumed.inc({ stream, outcome: "failed" });
      logger.error({ err: error, stream, entryId, deliveries }, "an event could not be handled");
      if (deliveries >= timing.maxDeliveries) await bury({ entryId, fields }, error);
    }
  }

  async function bury({ entryId, fields }: Entry, error: unknown): Promise<void> {
    const reason = error instanceof Error ? error.message : String(error);
    await runScript(link.commands, buryScript, {
      keys: { stream, dead: redisKeys.deadLetters(group) },
      args: { group, entryId, reason, fields: JSON.stringify(fields), maxDeadLetters },
    });
    metrics.deadLetters.inc({ stream });
  }

  /** What this consumer took in an earlier life, or in a read whose reply was lost. */
  async function resume(): Promise<void> {
    let after = "0";
    for (;;) {
      const reply = await link.commands.xreadgroup(
        ...(["GROUP", group, consumer, "COUNT", batchSize, "STREAMS", stream, after] as const),
      );
      const entries = reply?.[0]?.[1] ?? [];
      for (const entry of parseEntries(entries)) {
        await deliver(entry, await countDeliveries(link.commands, stream, group, entry.entryId));
      }
      const last = entries.at(-1)?.[0];
      if (last === undefined) return;
      after = last;
    }
  }

  async function readNew(): Promise<void> {
    const reply = await blocking.xreadgroup(
      ...(["GROUP", group, consumer, "COUNT", batchSize, "BLOCK", timing.blockMs] as const),
      ...(["STREAMS", stream, ">"] as const),
    );
    for (const entry of parseEntries(reply?.[0]?.[1] ?? [])) await deliver(entry, 1);
  }

  /** One batch a turn: a long list of stale events does not keep new ones waiting. */
  async function claimStale(): Promise<void> {
    const reply = await link.commands.xautoclaim(
      ...([stream, group, consumer, timing.staleMs, "0-0", "COUNT", batchSize] as const),
    );
    const entries = parseEntries(claimSchema.parse(reply)[1]);
    for (const entry of entries) {
      await deliver(entry, await countDeliveries(link.commands, stream, group, entry.entryId));
    }
  }

  async function run(): Promise<void> {
    let hasGroup = false;
    let nextClaimMs = 0;
    while (!stopping.signal.aborted) {
      try {
        if (!hasGroup) {
          await createGroup(link.commands, stream, group);
          await resume();
          hasGroup = true;
        }
        if (performance.now() >= nextClaimMs) {
          await claimStale();
          nextClaimMs = performance.now() + timing.staleMs / 2;
        }
        await readNew();
      } catch (error) {
        if (isStopping(stopping.signal)) return;
        // Redis is away, or was emptied and the group with it.
        hasGroup = false;
        if (!isRedisUnavailable(error)) logger.error({ err: error, stream }, "reading failed");
        await sleep(500, undefined, { signal: stopping.signal }).catch(() => undefined);
      }
    }
  }

  const running = run();
  return {
    stop: async () => {
      stopping.abort();
      blocking.disconnect();
      // The read that was cut off may have taken events already. Without Redis they wait to be claimed.
      const finished = running.then(resume).catch(() => undefined);
      await Promise.race([finished, sleep(2000, undefined, { ref: false })]);
    },
  };
}

/**
 * Lua library for handlers. A delivery is pending in its group from when it is read until it is acknowledged, so a script
 * that acknowledges it together with its change makes the change exactly once, whoever repeats the delivery:
 * `if not once() then return 0 end` first, `done()` last. The script names {@link onceKeys} and {@link onceArgs}.
 */
export const onceLua = `
local function once()
  return #redis.call('XPENDING', stream, group, entryId, entryId, 1) == 1
end
local function done()
  redis.call('XACK', stream, group, entryId)
end`;

export const onceKeys = ["stream"] as const;
export const onceArgs = ["group", "entryId"] as const;

async function createGroup(redis: Redis, stream: string, group: string): Promise<void> {
  try {
    await redis.xgroup("CREATE", stream, group, "0", "MKSTREAM");
  } catch (error) {
    const exists = error instanceof Error && error.message.startsWith("BUSYGROUP");
    if (!exists) throw error;
  }
}

async function countDeliveries(
  redis: Redis,
  stream: string,
  group: string,
  entryId: string,
): Promise<number> {
  const reply = await redis.xpending(stream, group, entryId, entryId, 1);
  return pendingSchema.parse(reply)[0]?.[3] ?? 0;
}

interface Entry {
  readonly entryId: string;
  readonly fields: readonly string[];
}

/** An entry that was trimmed away while it was pending has no fields any more. */
function parseEntries(entries: readonly (readonly [string, readonly string[] | null])[]): Entry[] {
  return entries.flatMap(([entryId, fields]) => (fields === null ? [] : [{ entryId, fields }]));
}

/** A function, since the compiler does not see that the signal changes between two awaits. */
function isStopping(signal: AbortSignal): boolean {
  return signal.aborted;
}

const entrySchema = z.tuple([z.string(), z.array(z.string()).nullable()]);
const claimSchema = z.tuple([z.string(), z.array(entrySchema)]).rest(z.unknown());
const pendingSchema = z.array(z.tuple([z.string(), z.string(), z.number(), z.number()]));

const buryScript = defineScript({
  name: "bury-event",
  keys: ["stream", "dead"],
  args: ["group", "entryId", "reason", "fields", "maxDeadLetters"],
  libraries: [onceLua],
  lua: `
if not once() then return 0 end
redis.call('XADD', dead, 'MAXLEN', '~', maxDeadLetters, '*',
  'stream', stream, 'entryId', entryId, 'reason', reason, 'fields', fields)
done()
return 1`,
});
