import { eventType } from "../../kit/events.ts";
import type { ServiceImplementation } from "../../kit/service.ts";
import { rewardTrade } from "./domain.ts";
import { createGamificationRoutes } from "./routes.ts";

export const gamification: ServiceImplementation = {
  createRoutes: createGamificationRoutes,
  createConsumers: (deps) => [
    {
      domain: "trading",
      types: [eventType("trading", "trade_executed")],
      handle: (delivery) => rewardTrade(deps, delivery),
    },
  ],
};
