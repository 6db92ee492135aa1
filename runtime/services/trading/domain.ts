import { z } from "zod";
import { redisKeys } from "../../../catalog/redis-keys.ts";
import { isoTime } from "../../kit/clock.ts";
import { Problem } from "../../kit/errors.ts";
import { encodeEvent, publishLua } from "../../kit/events.ts";
import { accounts, ledgerKeyNames, ledgerKeys, ledgerLua } from "../../kit/ledger.ts";
import { toUnits } from "../../kit/money.ts";
import { defineScript, runScript } from "../../kit/script.ts";
import type { ServiceDeps } from "../../kit/service.ts";
import { renderUserId, type UserId } from "../../kit/user-id.ts";
import { priceAt } from "./markets.ts";
import type { Order } from "./order.ts";
import { fingerprintOrder, planTrade, type Trade, tradeSchema } from "./trade.ts";

export interface TradeRequest {
  readonly user: UserId;
  readonly order: Order;
  readonly correlationId: string;
  readonly idempotencyKey: string | undefined;
}

export interface TradeResult {
  readonly trade: Trade;
  /** The key was known: this is the trade of the first time. */
  readonly replayed: boolean;
}

/** An unknown user starts with this much, and it is given again whenever a trade needs more than there is. */
const demoGrant = toUnits("10000");
const idempotencyTtlMs = 24 * 60 * 60 * 1000;

const tradingKeys = {
  trade: (id: string) => `trading:trade:${id}`,
  history: (user: UserId) => `trading:history:${user}`,
  positions: (user: UserId) => `trading:positions:${user}`,
  idempotency: (user: UserId, key: string) => `trading:idempotency:${user}:${key}`,
} as const;

/**
 * Executes an order at the present price. Trade, position, ledger and events change together.
 * @throws Problem `idempotency_key_reused`
 */
export async function executeTrade(
  deps: ServiceDeps,
  { user, order, correlationId, idempotencyKey }: TradeRequest,
): Promise<TradeResult> {
  const tradeId = `trade_${deps.random.hex(10)}`;
  const { trade, amount, quantity, needed, legs } = planTrade({
    tradeId,
    user,
    order,
    price: priceAt(order.asset_symbol, deps.clock.nowMs()),
    executedAt: isoTime(deps.clock),
    correlationId,
  });
  const event = (name: string, payload: unknown = {}): string =>
    encodeEvent(deps.events, { name, correlationId, payload });
  const reply = await runScript(deps.redis, executeScript, {
    keys: {
      ...ledgerKeys,
      trade: tradingKeys.trade(tradeId),
      history: tradingKeys.history(user),
      positions: tradingKeys.positions(user),
      idempotency: tradingKeys.idempotency(user, idempotencyKey ?? ""),
      events: redisKeys.eventStream(deps.events.domain),
    },
    args: {
      tradeId,
      tradeJson: JSON.stringify(trade),
      legs,
      needed: needed.toString(),
      user,
      userJson: JSON.stringify(renderUserId(user)),
      cash: accounts.cash(user),
      demoFunds: accounts.demoFunds,
      demoGrant: demoGrant.toString(),
      side: `${order.asset_symbol}:${order.direction}`,
      quantity: quantity.toString(),
      cost: amount.toString(),
      fingerprint: idempotencyKey === undefined ? "" : fingerprintOrder(user, order),
      idempotencyTtlMs,
      tradeEvent: event("trade_executed", trade),
      grantEvent: event("demo_funds_granted"),
      topUpEvent: event("demo_funds_granted"),
    },
  });
  const [outcome, json] = replySchema.parse(reply);
  if (outcome === "conflict") {
    throw new Problem("idempotency_key_reused", {
      message: `The Idempotency-Key "${idempotencyKey ?? ""}" was used for another order. Take a new key for a new order.`,
    });
  }
  return { trade: tradeSchema.parse(JSON.parse(json)), replayed: outcome === "replayed" };
}

export interface Page {
  readonly limit: number;
  readonly offset: number;
}

/** A user's trades, newest first. */
export async function listTrades(
  { redis }: ServiceDeps,
  user: UserId,
  { limit, offset }: Page,
): Promise<{ readonly trades: readonly Trade[]; readonly total: number }> {
  const history = tradingKeys.history(user);
  const total = await redis.llen(history);
  const ids = await redis.lrange(history, offset, offset + limit - 1);
  if (ids.length === 0) return { trades: [], total };
  const stored = await redis.mget(ids.map(tradingKeys.trade));
  const trades = stored.flatMap((json) =>
    json === null ? [] : [tradeSchema.parse(JSON.parse(json))],
  );
  return { trades, total };
}

/** Sums of a user's trades in one direction of one market, in 10⁻⁸ units. */
export interface PositionSums {
  /** `<symbol>:<direction>` */
  readonly side: string;
  readonly quantity: bigint;
  readonly cost: bigint;
}

export async function readPositions(
  { redis }: ServiceDeps,
  user: UserId,
): Promise<readonly PositionSums[]> {
  const fields = await redis.hgetall(tradingKeys.positions(user));
  return Object.keys(fields)
    .filter((field) => field.endsWith("/quantity"))
    .map((field) => field.slice(0, -"/quantity".length))
    .sort()
    .map((side) => ({
      side,
      quantity: BigInt(fields[`${side}/quantity`] ?? "0"),
      cost: BigInt(fields[`${side}/cost`] ?? "0"),
    }));
}

const replySchema = z.union([
  z.tuple([z.literal("conflict")]).transform(() => ["conflict", ""] as const),
  z.tuple([z.enum(["executed", "replayed"]), z.string()]),
]);

/** Funds first, each gift an entry and an event of its own, then the trade: an error leaves no half of a trade. */
const executeScript = defineScript({
  name: "trading-execute",
  keys: [...ledgerKeyNames, "trade", "history", "positions", "idempotency", "events"],
  args: [
    ...["tradeId", "tradeJson", "legs", "needed", "user", "userJson", "cash"],
    ...["demoFunds", "demoGrant", "side", "quantity", "cost"],
    ...["fingerprint", "idempotencyTtlMs", "tradeEvent", "grantEvent", "topUpEvent"],
  ] as const,
  libraries: [ledgerLua, publishLua],
  lua: `
if fingerprint ~= '' then
  local before = redis.call('HMGET', idempotency, 'fingerprint', 'trade')
  if before[1] and before[1] ~= fingerprint then return {'conflict'} end
  if before[1] then return {'replayed', before[2]} end
end

local function grant(entry, kind, times, event)
  local units = string.format('%.0f', demoGrant * times)
  ledgerPost(entry, kind, {{demoFunds, '-' .. units}, {cash, units}})
  publish(events, event, '{"user_id":' .. userJson .. ',"kind":"' .. kind ..
    '","amount":"' .. string.format('%.2f', units / 1e8) .. '"}')
end
if redis.call('HEXISTS', ledgerAccounts, cash) == 0 then
  grant('demo-grant:' .. user, 'demo-grant', 1, grantEvent)
end
local missing = needed - ledgerBalance(cash)
if missing > 0 then
  grant('demo-top-up:' .. tradeId, 'demo-top-up', math.ceil(missing / demoGrant), topUpEvent)
end

ledgerPost('trade:' .. tradeId, 'trade', cjson.decode(legs))
redis.call('SET', trade, tradeJson)
redis.call('LPUSH', history, tradeId)
redis.call('HINCRBY', positions, side .. '/quantity', quantity)
redis.call('HINCRBY', positions, side .. '/cost', cost)
if fingerprint ~= '' then
  redis.call('HSET', idempotency, 'fingerprint', fingerprint, 'trade', tradeJson)
  redis.call('PEXPIRE', idempotency, idempotencyTtlMs)
end
publish(events, tradeEvent)
return {'executed', tradeJson}`,
});
