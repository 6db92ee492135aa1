import type { ServiceImplementation } from "../../kit/service.ts";
import { createUserRoutes } from "./routes.ts";

export const user: ServiceImplementation = { createRoutes: createUserRoutes };
