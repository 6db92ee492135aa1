import { z } from "zod";
import { redisKeys } from "../../../catalog/redis-keys.ts";
import { type Delivery, onceArgs, onceKeys, onceLua } from "../../kit/consumer.ts";
import { encodeEvent, publishLua } from "../../kit/events.ts";
import { defineScript, runScript } from "../../kit/script.ts";
import type { ServiceDeps } from "../../kit/service.ts";
import { renderUserId, type UserId, userIdSchema } from "../../kit/user-id.ts";
import { viewProgress, xpForTrade, xpPerLevel } from "./progress.ts";

/** Sorted set: user → XP. It is the leaderboard. */
const xpKey = "gamification:xp";
/** Hash: user → number of trades. */
const tradesKey = "gamification:trades";

/** Gives the trader of a trade the XP for it, once. */
export async function rewardTrade(deps: ServiceDeps, delivery: Delivery): Promise<void> {
  const { user_id: user, amount, trade_id } = tradePayloadSchema.parse(delivery.event.payload);
  const { correlationId } = delivery.event;
  await runScript(deps.redis, rewardScript, {
    keys: {
      stream: delivery.stream,
      xp: xpKey,
      trades: tradesKey,
      events: redisKeys.eventStream(deps.events.domain),
    },
    args: {
      group: delivery.group,
      entryId: delivery.entryId,
      user,
      gained: xpForTrade(amount),
      userJson: JSON.stringify(renderUserId(user)),
      sourceJson: JSON.stringify(trade_id),
      gainEvent: encodeEvent(deps.events, { name: "xp_gained", correlationId }),
      levelEvent: encodeEvent(deps.events, { name: "level_up", correlationId }),
    },
  });
}

export async function readProgress({ redis }: ServiceDeps, user: UserId) {
  const xp = Number((await redis.zscore(xpKey, user)) ?? 0);
  const trades = Number((await redis.hget(tradesKey, user)) ?? 0);
  return { user_id: renderUserId(user), ...viewProgress(xp), trades };
}

/** The users with most XP. */
export async function readLeaderboard({ redis }: ServiceDeps, limit: number) {
  const reply = await redis.zrevrange(xpKey, 0, limit - 1, "WITHSCORES");
  return Array.from({ length: reply.length / 2 }, (_, index) => ({
    rank: index + 1,
    user_id: renderUserId(reply[2 * index] ?? ""),
    ...viewProgress(Number(reply[2 * index + 1])),
  }));
}

const tradePayloadSchema = z.object({
  trade_id: z.string(),
  user_id: userIdSchema,
  amount: z.string(),
});

const rewardScript = defineScript({
  name: "gamification-reward-trade",
  keys: [...onceKeys, "xp", "trades", "events"],
  args: [...onceArgs, "user", "gained", "userJson", "sourceJson", "gainEvent", "levelEvent"],
  libraries: [onceLua, publishLua],
  lua: `
if not once() then return 0 end
local total = tonumber(redis.call('ZINCRBY', xp, gained, user))
redis.call('HINCRBY', trades, user, 1)
local function levelOf(amount) return math.floor(amount / ${xpPerLevel}) + 1 end
local old, new = levelOf(total - gained), levelOf(total)
publish(events, gainEvent, string.format('{"user_id":%s,"xp_amount":%d,"xp_source":"trading","source_id":%s,"total_xp":%d}',
  userJson, gained, sourceJson, total))
if new > old then
  publish(events, levelEvent, string.format('{"user_id":%s,"old_level":%d,"new_level":%d,"total_xp":%d}',
    userJson, old, new, total))
end
done()
return 1`,
});
