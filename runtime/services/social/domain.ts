import { z } from "zod";
import { redisKeys } from "../../../catalog/redis-keys.ts";
import { isoTime } from "../../kit/clock.ts";
import { type Delivery, onceArgs, onceKeys, onceLua } from "../../kit/consumer.ts";
import { encodeEvent, publishLua } from "../../kit/events.ts";
import { defineScript, runScript } from "../../kit/script.ts";
import type { ServiceDeps } from "../../kit/service.ts";
import { renderUserId, type UserId, userIdSchema } from "../../kit/user-id.ts";

/** List: feed entries as JSON, newest first. */
const feedKey = "social:feed";
/** The feed is what is new; older entries are dropped. */
const maxFeedLength = 1000;

const feedEntrySchema = z.object({
  id: z.string(),
  user_id: z.union([z.string(), z.number()]),
  type: z.enum(["post", "trade_executed"]),
  content: z.string(),
  timestamp: z.iso.datetime(),
});

export type FeedEntry = z.infer<typeof feedEntrySchema>;

/** Puts a user's own words into the feed. */
export async function createPost(
  deps: ServiceDeps,
  { user, content, correlationId }: { user: UserId; content: string; correlationId: string },
): Promise<FeedEntry> {
  const entry: FeedEntry = {
    id: `post_${deps.random.hex(8)}`,
    user_id: renderUserId(user),
    type: "post",
    content,
    timestamp: isoTime(deps.clock),
  };
  await runScript(deps.redis, postScript, {
    keys: { feed: feedKey, events: redisKeys.eventStream(deps.events.domain) },
    args: {
      entry: JSON.stringify(entry),
      event: encodeEvent(deps.events, { name: "post_created", correlationId, payload: entry }),
    },
  });
  return entry;
}

/** Puts a trade into the feed, once. Amounts are nobody else's business. */
export async function shareTrade(deps: ServiceDeps, delivery: Delivery): Promise<void> {
  const { event } = delivery;
  const trade = tradePayloadSchema.parse(event.payload);
  const entry: FeedEntry = {
    id: `feed_${trade.trade_id}`,
    user_id: renderUserId(trade.user_id),
    type: "trade_executed",
    content: `went ${trade.direction} on ${trade.asset_symbol} at ${trade.entry_price}`,
    timestamp: trade.executed_at,
  };
  await runScript(deps.redis, shareScript, {
    keys: {
      stream: delivery.stream,
      feed: feedKey,
      events: redisKeys.eventStream(deps.events.domain),
    },
    args: {
      group: delivery.group,
      entryId: delivery.entryId,
      entry: JSON.stringify(entry),
      event: encodeEvent(deps.events, {
        name: "feed_entry_added",
        correlationId: event.correlationId,
        payload: entry,
      }),
    },
  });
}

export async function readFeed({ redis }: ServiceDeps, limit: number): Promise<FeedEntry[]> {
  const stored = await redis.lrange(feedKey, 0, limit - 1);
  return stored.map((json) => feedEntrySchema.parse(JSON.parse(json)));
}

const tradePayloadSchema = z.object({
  trade_id: z.string(),
  user_id: userIdSchema,
  asset_symbol: z.string(),
  direction: z.string(),
  entry_price: z.string(),
  executed_at: z.iso.datetime(),
});

const addLua = `
local function add()
  redis.call('LPUSH', feed, entry)
  redis.call('LTRIM', feed, 0, ${maxFeedLength - 1})
  publish(events, event)
end`;

const postScript = defineScript({
  name: "social-post",
  keys: ["feed", "events"],
  args: ["entry", "event"],
  libraries: [publishLua, addLua],
  lua: "add()\nreturn 1",
});

const shareScript = defineScript({
  name: "social-share-trade",
  keys: [...onceKeys, "feed", "events"],
  args: [...onceArgs, "entry", "event"],
  libraries: [onceLua, publishLua, addLua],
  lua: "if not once() then return 0 end\nadd()\ndone()\nreturn 1",
});
