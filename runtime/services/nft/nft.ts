import { eventType } from "../../kit/events.ts";
import type { ServiceImplementation } from "../../kit/service.ts";
import { earnFirstTrade } from "./rewards.ts";
import { createNftRoutes } from "./routes.ts";

export const nft: ServiceImplementation = {
  createRoutes: createNftRoutes,
  createConsumers: (deps) => [
    {
      domain: "trading",
      types: [eventType("trading", "trade_executed")],
      handle: (delivery) => earnFirstTrade(deps, delivery),
    },
  ],
};
