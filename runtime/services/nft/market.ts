import type { Decimal } from "decimal.js";
import { redisKeys } from "../../../catalog/redis-keys.ts";
import { Problem } from "../../kit/errors.ts";
import { encodeEvent, publishLua } from "../../kit/events.ts";
import { accounts, encodeLegs, ledgerKeyNames, ledgerKeys, ledgerLua } from "../../kit/ledger.ts";
import { usdPlaces } from "../../kit/money.ts";
import { defineScript, runScript } from "../../kit/script.ts";
import type { ServiceDeps } from "../../kit/service.ts";
import { renderUserId, type UserId } from "../../kit/user-id.ts";
import { nftKeys, planSale, type Token, tokenSchema } from "./token.ts";

/** Tokens for sale, the newest first. */
export async function readMarket(deps: ServiceDeps, limit: number): Promise<Token[]> {
  return readTokens(deps, await deps.redis.zrevrange(nftKeys.market, 0, limit - 1));
}

export async function readTokens({ redis }: ServiceDeps, ids: readonly string[]): Promise<Token[]> {
  const stored = await Promise.all(ids.map((id) => redis.hgetall(nftKeys.token(id))));
  return stored.map((fields) => tokenSchema.parse(fields));
}

export interface TokenRequest {
  readonly user: UserId;
  readonly tokenId: string;
  readonly correlationId: string;
}

/**
 * Puts a token up for sale, or changes its price.
 * @throws Problem `not_found`, `not_allowed`
 */
export async function listToken(
  deps: ServiceDeps,
  { user, tokenId, correlationId, price }: TokenRequest & { readonly price: Decimal },
): Promise<Token> {
  const priceText = price.toFixed(usdPlaces);
  const outcome = await runScript(deps.redis, listScript, {
    keys: {
      token: nftKeys.token(tokenId),
      market: nftKeys.market,
      events: redisKeys.eventStream(deps.events.domain),
    },
    args: {
      tokenId,
      user,
      price: priceText,
      nowMs: deps.clock.nowMs(),
      event: encodeEvent(deps.events, {
        name: "nft_listed",
        correlationId,
        payload: { nft_id: tokenId, user_id: renderUserId(user), price: priceText },
      }),
    },
  });
  if (outcome === "unknown") throw unknownToken(tokenId);
  if (outcome === "not-owner") {
    throw new Problem("not_allowed", { message: "Only its owner can sell a token." });
  }
  return readToken(deps, tokenId);
}

/**
 * Buys a token at its price: the token, the money and the event change together.
 * @throws Problem `not_found`; `conflict` when it is not for sale, is the buyer's own, or costs more than there is
 */
export async function buyToken(
  deps: ServiceDeps,
  { user, tokenId, correlationId }: TokenRequest,
): Promise<Token> {
  const { owner: seller, price } = await readToken(deps, tokenId);
  if (price === "") throw new Problem("conflict", { message: `"${tokenId}" is not for sale.` });
  if (seller === user) throw new Problem("conflict", { message: "The token is yours already." });
  const sale = planSale(price);
  const outcome = await runScript(deps.redis, buyScript, {
    keys: {
      ...ledgerKeys,
      token: nftKeys.token(tokenId),
      market: nftKeys.market,
      sellerTokens: nftKeys.owned(seller),
      buyerTokens: nftKeys.owned(user),
      events: redisKeys.eventStream(deps.events.domain),
    },
    args: {
      saleId: `nft-sale:${deps.random.hex(8)}`,
      tokenId,
      seller,
      buyer: user,
      price,
      priceUnits: sale.price.toString(),
      buyerCash: accounts.cash(user),
      legs: encodeLegs([
        { account: accounts.cash(user), units: -sale.price },
        { account: accounts.cash(seller), units: sale.proceeds },
        { account: accounts.marketplaceFees, units: sale.fee },
      ]),
      event: encodeEvent(deps.events, {
        name: "nft_sold",
        correlationId,
        payload: {
          nft_id: tokenId,
          seller_id: renderUserId(seller),
          buyer_id: renderUserId(user),
          price,
        },
      }),
    },
  });
  if (outcome === "changed") {
    throw new Problem("conflict", { message: "The offer has just changed: look again." });
  }
  if (outcome === "no-funds") {
    throw new Problem("conflict", {
      message: `The token costs ${price} US dollars: deposit more.`,
    });
  }
  return readToken(deps, tokenId);
}

async function readToken({ redis }: ServiceDeps, tokenId: string): Promise<Token> {
  const fields = await redis.hgetall(nftKeys.token(tokenId));
  if (fields["id"] === undefined) throw unknownToken(tokenId);
  return tokenSchema.parse(fields);
}

function unknownToken(tokenId: string): Problem {
  return new Problem("not_found", { message: `There is no token "${tokenId}".` });
}

const listScript = defineScript({
  name: "nft-list",
  keys: ["token", "market", "events"],
  args: ["tokenId", "user", "price", "nowMs", "event"],
  libraries: [publishLua],
  lua: `
local owner = redis.call('HGET', token, 'owner')
if not owner then return 'unknown' end
if owner ~= user then return 'not-owner' end
redis.call('HSET', token, 'price', price)
redis.call('ZADD', market, nowMs, tokenId)
publish(events, event)
return 'listed'`,
});

/** The legs were worked out for one seller and one price, so both must still be the same. */
const buyScript = defineScript({
  name: "nft-buy",
  keys: [...ledgerKeyNames, "token", "market", "sellerTokens", "buyerTokens", "events"],
  args: [
    ...["saleId", "tokenId", "seller", "buyer", "price"],
    ...["priceUnits", "buyerCash", "legs", "event"],
  ] as const,
  libraries: [ledgerLua, publishLua],
  lua: `
local now = redis.call('HMGET', token, 'owner', 'price')
if now[1] ~= seller or now[2] ~= price then return 'changed' end
if ledgerBalance(buyerCash) < tonumber(priceUnits) then return 'no-funds' end
ledgerPost(saleId, 'nft-sale', cjson.decode(legs))
redis.call('HSET', token, 'owner', buyer, 'price', '')
redis.call('ZREM', market, tokenId)
redis.call('SREM', sellerTokens, tokenId)
redis.call('SADD', buyerTokens, tokenId)
publish(events, event)
return 'sold'`,
});
