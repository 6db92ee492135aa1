import type { Decimal } from "decimal.js";
import { createHash } from "node:crypto";
import { z } from "zod";
import { accounts, encodeLegs } from "../../kit/ledger.ts";
import { roundTo, toUnits, unitPlaces, formatUnits, usdPlaces } from "../../kit/money.ts";
import { renderUserId, type UserId } from "../../kit/user-id.ts";
import { directions, type Order } from "./order.ts";
import { marketSymbols } from "./markets.ts";

/** A trade as clients and events see it. Money and quantities are decimal strings. */
export const tradeSchema = z.object({
  trade_id: z.string(),
  user_id: z.union([z.string(), z.number()]),
  asset_symbol: z.enum(marketSymbols),
  direction: z.enum(directions),
  /** US dollars put into the position. */
  amount: z.string(),
  quantity: z.string(),
  entry_price: z.string(),
  fee: z.string(),
  status: z.literal("executed"),
  executed_at: z.iso.datetime(),
  correlation_id: z.string(),
});

export type Trade = z.infer<typeof tradeSchema>;

/** Share of the amount that a trade costs: 0.1 %. */
const feeRate = "0.001";

export interface TradeInput {
  readonly tradeId: string;
  readonly user: UserId;
  readonly order: Order;
  readonly price: Decimal;
  readonly executedAt: string;
  readonly correlationId: string;
}

/** What a trade is and what it moves. Pure: nothing is stored yet. */
export function planTrade(input: TradeInput) {
  const { tradeId, user, order, price } = input;
  const amount = toUnits(order.amount);
  const quantity = toUnits(roundTo(order.amount.div(price), unitPlaces));
  const fee = toUnits(roundTo(order.amount.times(feeRate), unitPlaces));
  const trade: Trade = {
    trade_id: tradeId,
    user_id: renderUserId(user),
    asset_symbol: order.asset_symbol,
    direction: order.direction,
    amount: formatUnits(amount),
    quantity: formatUnits(quantity, unitPlaces),
    entry_price: price.toFixed(usdPlaces),
    fee: formatUnits(fee),
    status: "executed",
    executed_at: input.executedAt,
    correlation_id: input.correlationId,
  };
  return {
    trade,
    amount,
    quantity,
    /** Cash that the user must have: what goes into the position, and the fee that is set aside. */
    needed: amount + fee,
    legs: encodeLegs([
      { account: accounts.cash(user), units: -(amount + fee) },
      { account: accounts.positions(user), units: amount },
      { account: accounts.feesDue(user), units: fee },
    ]),
  };
}

/** Equal for orders that ask for the same thing, however they are written. */
export function fingerprintOrder(user: UserId, order: Order): string {
  const text = [user, order.asset_symbol, order.direction, order.amount.toFixed()].join("\n");
  return createHash("sha256").update(text).digest("hex");
}
