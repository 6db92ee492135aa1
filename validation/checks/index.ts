import type { Deployment } from "../../catalog/deployment.ts";
import type { Check } from "./check.ts";
import { containerChecks } from "./containers.ts";
import { dataChecks } from "./data.ts";
import { hardeningChecks } from "./hardening.ts";
import { inventoryChecks } from "./inventory.ts";
import { limitChecks } from "./limits.ts";
import { networkChecks } from "./network.ts";
import { planGatewayChecks } from "./plan-gateway.ts";
import { planLimitChecks } from "./plan-limits.ts";
import { planOperationsChecks } from "./plan-operations.ts";
import { planTradeChecks } from "./plan-trade.ts";
import { redisChecks } from "./redis.ts";
import { routeChecks } from "./routes.ts";
import { stackChecks } from "./stack.ts";

/** All checks of a deployment, in the order of the report. */
export function checksFor(deployment: Deployment, engineHost: string): Check[] {
  return [
    ...stackChecks(deployment, engineHost),
    ...planGatewayChecks(deployment),
    ...planTradeChecks(deployment),
    ...planLimitChecks(deployment),
    ...planOperationsChecks(deployment),
    ...routeChecks(deployment),
    ...containerChecks(deployment),
    ...hardeningChecks(deployment),
    ...limitChecks(deployment),
    ...networkChecks(deployment),
    ...dataChecks(deployment),
    ...redisChecks(deployment),
    ...inventoryChecks(deployment),
  ];
}
