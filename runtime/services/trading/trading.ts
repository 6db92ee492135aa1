import type { ServiceImplementation } from "../../kit/service.ts";
import { createTradingRoutes } from "./routes.ts";

export const trading: ServiceImplementation = { createRoutes: createTradingRoutes };
