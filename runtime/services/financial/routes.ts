import { Hono } from "hono";
import { z } from "zod";
import { usdAmountSchema } from "../../kit/amount.ts";
import { isoTime } from "../../kit/clock.ts";
import {
  readBody,
  readIdempotencyKey,
  readIdentity,
  readQuery,
  readUserParam,
} from "../../kit/request.ts";
import type { ServiceDeps, ServiceHonoEnv, ServiceRoutes } from "../../kit/service.ts";
import { userIdSchema } from "../../kit/user-id.ts";
import { deposit, readAccount, readRevenue } from "./domain.ts";

/** Revenue of the platform, balances of a user, deposits. */
export function createFinancialRoutes(deps: ServiceDeps): ServiceRoutes {
  const routes = new Hono<ServiceHonoEnv>();

  routes.get("/revenue", async (context) => {
    const { period } = readQuery(context, revenueQuerySchema);
    const revenue = await readRevenue(deps, period);
    return context.json({ ...revenue, currency: "USD", timestamp: isoTime(deps.clock) });
  });

  routes.get("/accounts/:user", async (context) =>
    context.json(await readAccount(deps, readUserParam(context))),
  );

  routes.post("/deposits", async (context) => {
    const { user_id, amount } = await readBody(context, depositSchema);
    const user = readIdentity(context, deps, user_id);
    const deposit_id = await deposit(deps, {
      user,
      amount,
      correlationId: context.get("correlationId"),
      idempotencyKey: readIdempotencyKey(context),
    });
    const account = await readAccount(deps, user);
    return context.json({ message: "Funds added", deposit_id, simulated: true, account }, 201);
  });

  return routes;
}

const revenueQuerySchema = z.strictObject({
  period: z.enum(["total", "daily"]).default("total"),
});

const depositSchema = z.strictObject({
  user_id: userIdSchema.optional(),
  amount: usdAmountSchema({ min: "0.01", max: "10000" }),
});
