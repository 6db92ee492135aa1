import type { RuntimeEnv } from "../../../catalog/runtime-env.ts";
import type { Random } from "../../kit/clock.ts";
import { adminHandler } from "./admin-handler.ts";
import { adminRoutes, type AdminRoutesInput } from "./admin-routes.ts";
import { type AdminServer, startAdminServer } from "./admin-server.ts";
import { createLogLevelSwitch } from "./log-level.ts";
import { createProfiler } from "./profile.ts";

export interface AdminInput extends Omit<AdminRoutesInput, "logLevel" | "profiler"> {
  readonly env: Pick<RuntimeEnv, "INSTANCE_ID" | "RELEASE" | "ADMIN_HOST" | "ADMIN_PORT">;
  readonly random: Random;
}

/** Opens the admin port, now or when its name is known. */
export function startAdmin(input: AdminInput): AdminServer {
  const { env, clock, random, logger } = input;
  const logLevel = createLogLevelSwitch(logger, () => clock.nowMs());
  const routes = adminRoutes({ ...input, logLevel, profiler: createProfiler() });
  const server = startAdminServer({
    host: env.ADMIN_HOST,
    port: env.ADMIN_PORT,
    handle: adminHandler({ routes, logger, random }),
    logger,
  });
  return {
    ...server,
    close: async () => {
      logLevel.stop();
      await server.close();
    },
  };
}
