import { Hono } from "hono";
import { z } from "zod";
import { isoTime } from "../../kit/clock.ts";
import { readQuery, readUserParam } from "../../kit/request.ts";
import type { ServiceDeps, ServiceHonoEnv, ServiceRoutes } from "../../kit/service.ts";
import { readLeaderboard, readProgress } from "./domain.ts";

/** Progress of a user, and the leaderboard. */
export function createGamificationRoutes(deps: ServiceDeps): ServiceRoutes {
  const routes = new Hono<ServiceHonoEnv>();

  routes.get("/leaderboard", async (context) => {
    const { limit } = readQuery(context, leaderboardQuerySchema);
    const leaderboard = await readLeaderboard(deps, limit);
    return context.json({ leaderboard, timestamp: isoTime(deps.clock) });
  });

  // The gateway of old asked for "profile", the service of old had "xp": both are this.
  routes.on("GET", ["/user/:user/xp", "/user/:user/profile"], async (context) =>
    context.json(await readProgress(deps, readUserParam(context))),
  );

  return routes;
}

const leaderboardQuerySchema = z.strictObject({
  limit: z.coerce.number().int().min(1).max(100).default(10),
});
