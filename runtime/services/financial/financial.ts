import { eventType } from "../../kit/events.ts";
import type { ServiceImplementation } from "../../kit/service.ts";
import { bookTradingFee } from "./domain.ts";
import { createFinancialRoutes } from "./routes.ts";

export const financial: ServiceImplementation = {
  createRoutes: createFinancialRoutes,
  createConsumers: (deps) => [
    {
      domain: "trading",
      types: [eventType("trading", "trade_executed")],
      handle: (delivery) => bookTradingFee(deps, delivery),
    },
  ],
};
