import { Hono } from "hono";
import { z } from "zod";
import { usdAmountSchema } from "../../kit/amount.ts";
import { isoTime } from "../../kit/clock.ts";
import { readBody, readIdentity, readQuery, readUserParam } from "../../kit/request.ts";
import type { ServiceDeps, ServiceHonoEnv, ServiceRoutes } from "../../kit/service.ts";
import { renderUserId, userIdSchema } from "../../kit/user-id.ts";
import { buyToken, listToken, readMarket } from "./market.ts";
import { claimReward, readRewards } from "./rewards.ts";
import { rewardTypeNames, viewToken } from "./token.ts";

/** Rewards to claim as tokens, and a marketplace for them. */
export function createNftRoutes(deps: ServiceDeps): ServiceRoutes {
  const routes = new Hono<ServiceHonoEnv>();

  routes.get("/marketplace", async (context) => {
    const { limit } = readQuery(context, marketQuerySchema);
    const listings = (await readMarket(deps, limit)).map(viewToken);
    return context.json({ listings, timestamp: isoTime(deps.clock) });
  });

  routes.get("/user/:user/rewards", async (context) => {
    const user = readUserParam(context);
    const { rewards, owned } = await readRewards(deps, user);
    return context.json({
      user_id: renderUserId(user),
      rewards,
      owned_nfts: owned.map(viewToken),
    });
  });

  routes.post("/rewards/claim", async (context) => {
    const { user_id, reward } = await readBody(context, claimSchema);
    const user = readIdentity(context, deps, user_id);
    const correlationId = context.get("correlationId");
    const nft = await claimReward(deps, { user, reward, correlationId });
    return context.json({ message: "Reward claimed", nft: viewToken(nft) }, 201);
  });

  routes.post("/marketplace/list", async (context) => {
    const { user_id, nft_id: tokenId, price } = await readBody(context, listSchema);
    const user = readIdentity(context, deps, user_id);
    const correlationId = context.get("correlationId");
    const nft = await listToken(deps, { user, tokenId, price, correlationId });
    return context.json({ message: "Listed", nft: viewToken(nft) });
  });

  routes.post("/marketplace/buy", async (context) => {
    const { user_id, nft_id: tokenId } = await readBody(context, buySchema);
    const user = readIdentity(context, deps, user_id);
    const correlationId = context.get("correlationId");
    const nft = await buyToken(deps, { user, tokenId, correlationId });
    return context.json({ message: "Bought", nft: viewToken(nft) });
  });

  return routes;
}

const tokenIdSchema = z.string().regex(/^nft_[0-9a-f]{16}$/, { error: "must be a token's id" });

const marketQuerySchema = z.strictObject({
  limit: z.coerce.number().int().min(1).max(100).default(20),
});

const claimSchema = z.strictObject({
  user_id: userIdSchema.optional(),
  reward: z.enum(rewardTypeNames, { error: `must be one of ${rewardTypeNames.join(", ")}` }),
});

const listSchema = z.strictObject({
  user_id: userIdSchema.optional(),
  nft_id: tokenIdSchema,
  price: usdAmountSchema({ min: "0.01", max: "1000000" }),
});

const buySchema = z.strictObject({ user_id: userIdSchema.optional(), nft_id: tokenIdSchema });
