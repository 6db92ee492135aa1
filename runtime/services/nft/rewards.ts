import { z } from "zod";
import { redisKeys } from "../../../catalog/redis-keys.ts";
import { isoTime } from "../../kit/clock.ts";
import { type Delivery, onceArgs, onceKeys, onceLua } from "../../kit/consumer.ts";
import { Problem } from "../../kit/errors.ts";
import { encodeEvent, publishLua } from "../../kit/events.ts";
import { defineScript, runScript } from "../../kit/script.ts";
import type { ServiceDeps } from "../../kit/service.ts";
import { renderUserId, type UserId, userIdSchema } from "../../kit/user-id.ts";
import { nftKeys, type RewardType, rewardTypeNames, rewardTypes, type Token } from "./token.ts";
import { readTokens } from "./market.ts";

/** A first trade earns its reward; any later trade changes nothing. */
export async function earnFirstTrade(deps: ServiceDeps, delivery: Delivery): Promise<void> {
  const { user_id: user } = tradePayloadSchema.parse(delivery.event.payload);
  const reward: RewardType = "first_trade";
  await runScript(deps.redis, earnScript, {
    keys: {
      stream: delivery.stream,
      rewards: nftKeys.rewards(user),
      events: redisKeys.eventStream(deps.events.domain),
    },
    args: {
      group: delivery.group,
      entryId: delivery.entryId,
      reward,
      event: encodeEvent(deps.events, {
        name: "reward_earned",
        correlationId: delivery.event.correlationId,
        payload: { user_id: renderUserId(user), reward },
      }),
    },
  });
}

/**
 * Mints the token of a reward that was earned.
 * @throws Problem `conflict` when it was not earned, or was claimed before
 */
export async function claimReward(
  deps: ServiceDeps,
  { user, reward, correlationId }: { user: UserId; reward: RewardType; correlationId: string },
): Promise<Token> {
  const token: Token = {
    id: `nft_${deps.random.hex(8)}`,
    type: reward,
    rarity: rewardTypes[reward].rarity,
    points: String(rewardTypes[reward].points),
    owner: user,
    minted_at: isoTime(deps.clock),
    price: "",
  };
  const outcome = await runScript(deps.redis, claimScript, {
    keys: {
      rewards: nftKeys.rewards(user),
      token: nftKeys.token(token.id),
      owned: nftKeys.owned(user),
      events: redisKeys.eventStream(deps.events.domain),
    },
    args: {
      reward,
      tokenId: token.id,
      fields: JSON.stringify(Object.entries(token).flat()),
      event: encodeEvent(deps.events, {
        name: "nft_minted",
        correlationId,
        payload: { nft_id: token.id, user_id: renderUserId(user), type: reward },
      }),
    },
  });
  if (outcome === "minted") return token;
  throw new Problem("conflict", {
    message:
      outcome === "not-earned"
        ? `"${reward}" is not earned yet: ${rewardTypes[reward].description}`
        : `"${reward}" was claimed before.`,
  });
}

export async function readRewards(deps: ServiceDeps, user: UserId) {
  const state = await deps.redis.hgetall(nftKeys.rewards(user));
  const owned = await deps.redis.smembers(nftKeys.owned(user));
  return {
    rewards: rewardTypeNames.map((type) => ({
      type,
      ...rewardTypes[type],
      earned: state[type] !== undefined,
      claimed: state[type] !== undefined && state[type] !== "earned",
    })),
    owned: await readTokens(deps, owned.sort()),
  };
}

const tradePayloadSchema = z.object({ user_id: userIdSchema });

const earnScript = defineScript({
  name: "nft-earn",
  keys: [...onceKeys, "rewards", "events"],
  args: [...onceArgs, "reward", "event"],
  libraries: [onceLua, publishLua],
  lua: `
if not once() then return 0 end
if redis.call('HSETNX', rewards, reward, 'earned') == 1 then publish(events, event) end
done()
return 1`,
});

const claimScript = defineScript({
  name: "nft-claim",
  keys: ["rewards", "token", "owned", "events"],
  args: ["reward", "tokenId", "fields", "event"],
  libraries: [publishLua],
  lua: `
local state = redis.call('HGET', rewards, reward)
if not state then return 'not-earned' end
if state ~= 'earned' then return 'claimed' end
redis.call('HSET', rewards, reward, tokenId)
redis.call('HSET', token, unpack(cjson.decode(fields)))
redis.call('SADD', owned, tokenId)
publish(events, event)
return 'minted'`,
});
