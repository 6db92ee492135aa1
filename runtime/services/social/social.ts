import { eventType } from "../../kit/events.ts";
import type { ServiceImplementation } from "../../kit/service.ts";
import { shareTrade } from "./domain.ts";
import { createSocialRoutes } from "./routes.ts";

export const social: ServiceImplementation = {
  createRoutes: createSocialRoutes,
  createConsumers: (deps) => [
    {
      domain: "trading",
      types: [eventType("trading", "trade_executed")],
      handle: (delivery) => shareTrade(deps, delivery),
    },
  ],
};
