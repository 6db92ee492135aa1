import { z } from "zod";
import type { DashboardAnswer } from "../../catalog/endpoints.ts";
import { redisKeys } from "../../catalog/redis-keys.ts";
import { type Clock, isoTime } from "../kit/clock.ts";
import {
  type ConsumerDefinition,
  type Delivery,
  onceArgs,
  onceKeys,
  onceLua,
} from "../kit/consumer.ts";
import { eventType } from "../kit/events.ts";
import { toUnits, unitPlaces, usdPlaces } from "../kit/money.ts";
import type { RedisLink } from "../kit/redis.ts";
import { defineScript, runScript } from "../kit/script.ts";
import { userIdSchema } from "../kit/user-id.ts";

/** Name of the gateway as a client of Redis; all replicas are one consumer group, so that each event counts once. */
export const gatewayClient = "gateway";

const domain = "trading";
const keys = {
  /** Hash: `trades`, `volumeCents`, `feeUnits`, `lastTradeAt`. */
  totals: "gateway:kpis:totals",
  /** Hash of one UTC day: `trades`, `volumeCents`. */
  day: (day: string) => `gateway:kpis:day:${day}`,
  /** Set: everybody who ever traded. */
  traders: "gateway:kpis:traders",
} as const;

const keepDaysMs = 40 * 24 * 60 * 60 * 1000;

/** The figures live in Redis and change together with the event's acknowledgement: restarts and replicas change nothing. */
export function countTrades({ commands }: RedisLink): ConsumerDefinition {
  return {
    domain,
    types: [eventType(domain, "trade_executed")],
    handle: async (delivery) => countTrade(commands, delivery),
  };
}

async function countTrade(redis: RedisLink["commands"], delivery: Delivery): Promise<void> {
  const trade = tradePayloadSchema.parse(delivery.event.payload);
  const day = trade.executed_at.slice(0, 10);
  await runScript(redis, countScript, {
    keys: {
      stream: delivery.stream,
      totals: keys.totals,
      today: keys.day(day),
      traders: keys.traders,
    },
    args: {
      group: delivery.group,
      entryId: delivery.entryId,
      user: trade.user_id,
      volumeCents: (toUnits(trade.amount) / unitsPerCent).toString(),
      feeUnits: toUnits(trade.fee).toString(),
      executedAt: trade.executed_at,
      keepDaysMs,
    },
  });
}

export type Kpis = Pick<DashboardAnswer, "kpis" | "eventsPending">;

/**
 * Reads the figures. A trade whose answer the client has is in them: while events are pending, it waits for them, for a
 * quarter of a second at most.
 */
export async function readKpis({ commands: redis }: RedisLink, clock: Clock): Promise<Kpis> {
  const eventsPending = await waitForPending(() => countPending(redis));
  const [totals, today, traders] = await Promise.all([
    redis.hgetall(keys.totals),
    redis.hgetall(keys.day(isoTime(clock).slice(0, 10))),
    redis.scard(keys.traders),
  ]);
  return {
    eventsPending,
    kpis: {
      trades_total: Number(totals["trades"] ?? 0),
      trading_volume_usd: Number(totals["volumeCents"] ?? 0) / centsPerDollar,
      trading_fees_usd: Number(totals["feeUnits"] ?? 0) / unitsPerDollar,
      traders_total: traders,
      trades_today: Number(today["trades"] ?? 0),
      trading_volume_today_usd: Number(today["volumeCents"] ?? 0) / centsPerDollar,
      last_trade_at: totals["lastTradeAt"] ?? null,
    },
  };
}

const waitAttempts = 25;
const waitStepMs = 10;

async function waitForPending(count: () => Promise<number>): Promise<number> {
  for (let attempt = 1; ; attempt += 1) {
    const pending = await count();
    if (pending === 0 || attempt === waitAttempts) return pending;
    await new Promise((resolve) => setTimeout(resolve, waitStepMs));
  }
}

/**
 * Events that the group has not acknowledged: those delivered, and those after the last delivered one, of which at most
 * a hundred are counted. Redis' own `lag` is unknown after a restart.
 */
async function countPending(redis: RedisLink["commands"]): Promise<number> {
  const stream = redisKeys.eventStream(domain);
  const first = await redis.xrange(stream, "-", "+", "COUNT", 1);
  if (first.length === 0) return 0;
  const groups = groupsSchema.parse(await redis.xinfo("GROUPS", stream)).map(toRecord);
  const own = groups.find(({ name }) => name === gatewayClient);
  const lastDelivered = z.string().parse(own?.["last-delivered-id"] ?? "0-0");
  const undelivered = await redis.xrange(stream, `(${lastDelivered}`, "+", "COUNT", maxCounted);
  return Number(own?.["pending"] ?? 0) + undelivered.length;
}

const maxCounted = 100;

function toRecord(flat: readonly unknown[]): Record<string, unknown> {
  const entries = Array.from({ length: Math.floor(flat.length / 2) }, (_, index) => [
    String(flat[2 * index]),
    flat[2 * index + 1],
  ]);
  return Object.fromEntries(entries) as Record<string, unknown>;
}

const centsPerDollar = 10 ** usdPlaces;
const unitsPerDollar = 10 ** unitPlaces;
const unitsPerCent = 10n ** BigInt(unitPlaces - usdPlaces);

const groupsSchema = z.array(z.array(z.unknown()));

const tradePayloadSchema = z.object({
  user_id: userIdSchema,
  amount: z.string(),
  fee: z.string(),
  executed_at: z.iso.datetime(),
});

const countScript = defineScript({
  name: "gateway-count-trade",
  keys: [...onceKeys, "totals", "today", "traders"],
  args: [...onceArgs, "user", "volumeCents", "feeUnits", "executedAt", "keepDaysMs"],
  libraries: [onceLua],
  lua: `
if not once() then return 0 end
redis.call('HINCRBY', totals, 'trades', 1)
redis.call('HINCRBY', totals, 'volumeCents', volumeCents)
redis.call('HINCRBY', totals, 'feeUnits', feeUnits)
if (redis.call('HGET', totals, 'lastTradeAt') or '') < executedAt then
  redis.call('HSET', totals, 'lastTradeAt', executedAt)
end
redis.call('HINCRBY', today, 'trades', 1)
redis.call('HINCRBY', today, 'volumeCents', volumeCents)
redis.call('PEXPIRE', today, keepDaysMs)
redis.call('SADD', traders, user)
done()
return 1`,
});
