import type { Decimal } from "decimal.js";
import { z } from "zod";
import { redisKeys } from "../../../catalog/redis-keys.ts";
import { isoTime } from "../../kit/clock.ts";
import { type Delivery, onceArgs, onceKeys, onceLua } from "../../kit/consumer.ts";
import { Problem } from "../../kit/errors.ts";
import { encodeEvent, publishLua } from "../../kit/events.ts";
import { accounts, encodeLegs, ledgerKeyNames, ledgerKeys, ledgerLua } from "../../kit/ledger.ts";
import { formatUnits, toUnits } from "../../kit/money.ts";
import { defineScript, runScript } from "../../kit/script.ts";
import type { ServiceDeps } from "../../kit/service.ts";
import { renderUserId, type UserId, userIdSchema } from "../../kit/user-id.ts";

/** Hash: UTC day → trading fees booked on it, in 10⁻⁸ US dollars. */
const feesByDayKey = "financial:fees-by-day";
const depositKey = (user: UserId, key: string): string => `financial:deposit:${user}:${key}`;
const idempotencyTtlMs = 24 * 60 * 60 * 1000;

/** Books the fee that a trade set aside as revenue, once. */
export async function bookTradingFee(deps: ServiceDeps, delivery: Delivery): Promise<void> {
  const { event } = delivery;
  const { trade_id, user_id: user, fee } = tradePayloadSchema.parse(event.payload);
  const units = toUnits(fee);
  await runScript(deps.redis, bookFeeScript, {
    keys: {
      ...ledgerKeys,
      stream: delivery.stream,
      feesByDay: feesByDayKey,
      events: redisKeys.eventStream(deps.events.domain),
    },
    args: {
      group: delivery.group,
      entryId: delivery.entryId,
      entry: `fee:${trade_id}`,
      legs: encodeLegs([
        { account: accounts.feesDue(user), units: -units },
        { account: accounts.tradingFees, units },
      ]),
      day: event.time.slice(0, 10),
      units: units.toString(),
      event: encodeEvent(deps.events, {
        name: "revenue_recorded",
        correlationId: event.correlationId,
        payload: { source: "trading_fees", source_id: trade_id, amount: fee },
      }),
    },
  });
}

/** What the platform has earned: balances of its ledger accounts, and the fees of one day. */
export async function readRevenue({ redis, clock }: ServiceDeps, period: "daily" | "total") {
  const day = isoTime(clock).slice(0, 10);
  const [trading, marketplace] = await redis.hmget(
    redisKeys.ledgerAccounts,
    accounts.tradingFees,
    accounts.marketplaceFees,
  );
  if (period === "daily") {
    const fees = BigInt((await redis.hget(feesByDayKey, day)) ?? "0");
    return { period, day, trading_fees: formatUnits(fees) };
  }
  const tradingFees = BigInt(trading ?? "0");
  const marketplaceFees = BigInt(marketplace ?? "0");
  return {
    period,
    trading_fees: formatUnits(tradingFees),
    marketplace_fees: formatUnits(marketplaceFees),
    total_revenue: formatUnits(tradingFees + marketplaceFees),
  };
}

/** A user's balances. An account that was never used is empty. */
export async function readAccount({ redis }: ServiceDeps, user: UserId) {
  const balances = await redis.hmget(
    redisKeys.ledgerAccounts,
    accounts.cash(user),
    accounts.positions(user),
    accounts.feesDue(user),
  );
  const [cash = 0n, positions = 0n, feesDue = 0n] = balances.map((units) => BigInt(units ?? "0"));
  return {
    user_id: renderUserId(user),
    currency: "USD",
    cash: formatUnits(cash),
    in_positions: formatUnits(positions),
    fees_due: formatUnits(feesDue),
    total: formatUnits(cash + positions + feesDue),
  };
}

export interface DepositRequest {
  readonly user: UserId;
  readonly amount: Decimal;
  readonly correlationId: string;
  readonly idempotencyKey: string | undefined;
}

/**
 * Pays simulated money in.
 * @returns the id of the deposit, the first one's when the key was known
 * @throws Problem `idempotency_key_reused`
 */
export async function deposit(
  deps: ServiceDeps,
  { user, amount, correlationId, idempotencyKey }: DepositRequest,
): Promise<string> {
  const id = `deposit_${deps.random.hex(8)}`;
  const units = toUnits(amount);
  const reply = await runScript(deps.redis, depositScript, {
    keys: {
      ...ledgerKeys,
      before: depositKey(user, idempotencyKey ?? ""),
      events: redisKeys.eventStream(deps.events.domain),
    },
    args: {
      id,
      legs: encodeLegs([
        { account: accounts.deposits, units: -units },
        { account: accounts.cash(user), units },
      ]),
      remember: idempotencyKey === undefined ? "" : `${id} ${units}`,
      idempotencyTtlMs,
      event: encodeEvent(deps.events, {
        name: "funds_added",
        correlationId,
        payload: { deposit_id: id, user_id: renderUserId(user), amount: formatUnits(units) },
      }),
    },
  });
  const [knownId = id, knownUnits = units.toString()] = z.string().parse(reply).split(" ");
  if (knownUnits !== units.toString()) {
    throw new Problem("idempotency_key_reused", {
      message: `The Idempotency-Key "${idempotencyKey ?? ""}" was used for another deposit. Take a new key for a new one.`,
    });
  }
  return knownId;
}

const tradePayloadSchema = z.object({
  trade_id: z.string(),
  user_id: userIdSchema,
  fee: z.string(),
});

const bookFeeScript = defineScript({
  name: "financial-book-fee",
  keys: [...ledgerKeyNames, ...onceKeys, "feesByDay", "events"],
  args: [...onceArgs, "entry", "legs", "day", "units", "event"],
  libraries: [ledgerLua, onceLua, publishLua],
  lua: `
if not once() then return 0 end
if ledgerPost(entry, 'trading-fee', cjson.decode(legs)) then
  redis.call('HINCRBY', feesByDay, day, units)
  publish(events, event)
end
done()
return 1`,
});

const depositScript = defineScript({
  name: "financial-deposit",
  keys: [...ledgerKeyNames, "before", "events"],
  args: ["id", "legs", "remember", "idempotencyTtlMs", "event"],
  libraries: [ledgerLua, publishLua],
  lua: `
if remember ~= '' then
  local known = redis.call('GET', before)
  if known then return known end
end
ledgerPost(id, 'deposit', cjson.decode(legs))
if remember ~= '' then redis.call('SET', before, remember, 'PX', idempotencyTtlMs) end
publish(events, event)
return id`,
});
