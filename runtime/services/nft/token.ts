import { Decimal } from "decimal.js";
import { z } from "zod";
import { roundTo, toUnits, type Units, unitPlaces } from "../../kit/money.ts";
import { renderUserId, type UserId } from "../../kit/user-id.ts";

/** What can be earned: one genesis token for each kind and user. */
export const rewardTypes = {
  first_trade: { rarity: "common", points: 100, description: "Execute a first trade." },
} as const;

export type RewardType = keyof typeof rewardTypes;

export const rewardTypeNames = Object.keys(rewardTypes) as readonly RewardType[];

/** A token as it is stored: a hash of text. */
export const tokenSchema = z.object({
  id: z.string(),
  type: z.enum(rewardTypeNames),
  rarity: z.string(),
  points: z.string(),
  owner: z.string(),
  minted_at: z.iso.datetime(),
  /** US dollars, while it is for sale; otherwise empty. */
  price: z.string(),
});

export type Token = z.infer<typeof tokenSchema>;

export function viewToken({ owner, points, price, ...token }: Token) {
  return {
    ...token,
    points: Number(points),
    owner: renderUserId(owner),
    status: price === "" ? "minted" : "listed",
    price: price === "" ? null : price,
  };
}

/** Share of the price that the marketplace keeps: 2.5 %. The seller gets the rest. */
const marketplaceFeeRate = "0.025";

export interface Sale {
  readonly price: Units;
  readonly fee: Units;
  readonly proceeds: Units;
}

/** @param price a decimal string of US dollars */
export function planSale(price: string): Sale {
  const units = toUnits(price);
  const fee = toUnits(roundTo(new Decimal(price).times(marketplaceFeeRate), unitPlaces));
  return { price: units, fee, proceeds: units - fee };
}

export const nftKeys = {
  token: (id: string) => `nft:token:${id}`,
  /** Hash: reward type → `earned`, or the id of the token it was claimed as. */
  rewards: (user: UserId) => `nft:rewards:${user}`,
  /** Set of token ids. */
  owned: (user: UserId) => `nft:owned:${user}`,
  /** Sorted set: ids of tokens for sale by the time they were listed. */
  market: "nft:market",
} as const;
