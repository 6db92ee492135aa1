import { Hono } from "hono";
import { z } from "zod";
import { isoTime } from "../../kit/clock.ts";
import { readBody, readIdentity, readQuery } from "../../kit/request.ts";
import type { ServiceDeps, ServiceHonoEnv, ServiceRoutes } from "../../kit/service.ts";
import { userIdSchema } from "../../kit/user-id.ts";
import { createPost, readFeed } from "./domain.ts";

/** The feed, and posts into it. */
export function createSocialRoutes(deps: ServiceDeps): ServiceRoutes {
  const routes = new Hono<ServiceHonoEnv>();

  routes.get("/feed", async (context) => {
    const { limit } = readQuery(context, feedQuerySchema);
    return context.json({ feed: await readFeed(deps, limit), timestamp: isoTime(deps.clock) });
  });

  routes.post("/posts", async (context) => {
    const { user_id, content } = await readBody(context, postSchema);
    const user = readIdentity(context, deps, user_id);
    const correlationId = context.get("correlationId");
    const post = await createPost(deps, { user, content, correlationId });
    return context.json({ message: "Post created", post }, 201);
  });

  return routes;
}

const feedQuerySchema = z.strictObject({
  limit: z.coerce.number().int().min(1).max(100).default(20),
});

const postSchema = z.strictObject({
  user_id: userIdSchema.optional(),
  content: z.string().trim().min(1).max(500),
});
