import { Hono } from "hono";
import { Problem } from "../../kit/errors.ts";
import { pageSchema, readBody, readIdentity, readQuery, readUserParam } from "../../kit/request.ts";
import type { ServiceDeps, ServiceHonoEnv, ServiceRoutes } from "../../kit/service.ts";
import { changeProfile, findUser, listUsers, registerUser } from "./domain.ts";
import { profileChangeSchema, registrationSchema, toPublicUser } from "./profile.ts";

/** Register, look up, list, and change one's own profile. */
export function createUserRoutes(deps: ServiceDeps): ServiceRoutes {
  const routes = new Hono<ServiceHonoEnv>();

  routes.get("/", async (context) => {
    const page = readQuery(context, pageSchema);
    const { users, total } = await listUsers(deps, page);
    return context.json({ users: users.map(toPublicUser), total, ...page });
  });

  routes.post("/register", async (context) => {
    const registration = await readBody(context, registrationSchema);
    const user = await registerUser(deps, registration, context.get("correlationId"));
    return context.json({ message: "User registered", user }, 201);
  });

  routes.get("/:user", async (context) => {
    const user = await findUser(deps, readUserParam(context));
    return context.json({ user: toPublicUser(user) });
  });

  routes.put("/:user", async (context) => {
    const user = readUserParam(context);
    const change = await readBody(context, profileChangeSchema);
    if (readIdentity(context, deps) !== user) {
      throw new Problem("not_allowed", { message: "Users change their own profile only." });
    }
    const correlationId = context.get("correlationId");
    const changed = await changeProfile(deps, { user, change, correlationId });
    return context.json({ message: "Profile updated", user: changed });
  });

  return routes;
}
