import { redisKeys } from "../../catalog/redis-keys.ts";
import type { Units } from "./money.ts";
import { toUnits } from "./money.ts";
import type { UserId } from "./user-id.ts";

/**
 * The platform's one ledger: double entry, US dollars in integers of 10⁻⁸. An entry moves money between accounts, its
 * legs sum to zero, and so do all balances. It is posted inside the script that makes the change it belongs to.
 */
export const accounts = {
  /** What the user can spend. */
  cash: (user: UserId) => `user:${user}:cash`,
  /** What the user has put into open positions. */
  positions: (user: UserId) => `user:${user}:positions`,
  /** Fees set aside with a trade, until the financial service books them. */
  feesDue: (user: UserId) => `user:${user}:fees-due`,
  /** Where demo funds come from. It is negative: it is what has been given out. */
  demoFunds: "house:demo-funds",
  /** Where deposits come from: money outside. It is negative. */
  deposits: "house:deposits",
  tradingFees: "house:trading-fees",
  marketplaceFees: "house:marketplace-fees",
} as const;

/** One side of an entry: an account and what it gains, negative for what it loses. */
export interface Leg {
  readonly account: string;
  readonly units: Units;
}

/** The keys that {@link ledgerLua} needs, for `keys` of a script. */
export const ledgerKeys = {
  ledgerAccounts: redisKeys.ledgerAccounts,
  ledgerJournal: redisKeys.ledgerJournal,
  ledgerEntryIds: redisKeys.ledgerEntryIds,
} as const;

export const ledgerKeyNames = ["ledgerAccounts", "ledgerJournal", "ledgerEntryIds"] as const;

/** Largest single amount: ten million dollars. The script adds amounts as doubles, which is exact to nine times that. */
export const maxAmountUnits: Units = toUnits("10000000");

/**
 * Lua library.
 * `ledgerPost(entry, kind, legs)` posts legs `{{account, units}, …}` under an entry id and returns true, or false when that
 * entry was posted before. It fails before it writes anything.
 * `ledgerBalance(account)` is a number, for comparisons; exact to 90 million dollars.
 *
 * Balances change by HINCRBY on decimal text, so that they are exact in 64 bits; Lua's own numbers are doubles. A balance
 * of 19 digits, ten billion dollars, takes no further entry: that keeps HINCRBY from ever overflowing half-way.
 */
export const ledgerLua = `
local function ledgerBalance(account)
  return tonumber(redis.call('HGET', ledgerAccounts, account) or '0')
end

local function ledgerPost(entry, kind, legs)
  local sum = 0
  for _, leg in ipairs(legs) do
    local units = tonumber(leg[2])
    if units == nil or math.abs(units) > ${maxAmountUnits} then
      return error('LEDGER amount out of range in ' .. entry)
    end
    sum = sum + units
    local balance = redis.call('HGET', ledgerAccounts, leg[1]) or '0'
    if #balance:gsub('-', '') > 18 then
      return error('LEDGER account is full: ' .. leg[1])
    end
  end
  if sum ~= 0 then return error('LEDGER legs do not sum to zero in ' .. entry) end
  if redis.call('SADD', ledgerEntryIds, entry) == 0 then return false end
  for _, leg in ipairs(legs) do
    redis.call('HINCRBY', ledgerAccounts, leg[1], leg[2])
  end
  redis.call('XADD', ledgerJournal, '*', 'entry', entry, 'kind', kind, 'legs', cjson.encode(legs))
  return true
end`;

/** The legs as a script's argument: JSON, amounts as text. */
export function encodeLegs(legs: readonly Leg[]): string {
  return JSON.stringify(legs.map(({ account, units }) => [account, units.toString()]));
}
