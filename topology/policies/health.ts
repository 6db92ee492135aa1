import { containerRule, isPositive, isRecord, recipe, type Policy } from "./policy.ts";

/** That a container comes up, is seen to be up, stays up, and goes down in good order. */
export const healthPolicies: readonly Policy[] = [
  containerRule({
    id: "restart",
    property: "restart",
    isAllowed: (value) => value === "unless-stopped",
    allowed: '"unless-stopped": back after a crash or reboot, and not after `docker stop`',
    wayOut: `Set it in ${recipe}.`,
  }),
  containerRule({
    id: "health-check",
    property: "healthcheck",
    isAllowed: hasTest,
    allowed: "a check with a command",
    wayOut: "Give the container a health check in topology/container-plans.ts.",
  }),
  containerRule({
    id: "wait-for-health",
    property: "wait",
    isAllowed: (value) => value === true,
    allowed: "true: otherwise a container that never gets healthy counts as deployed",
    wayOut: `Set it in ${recipe}.`,
  }),
  containerRule({
    id: "stop-grace",
    property: "destroyGraceSeconds",
    isAllowed: isPositive,
    allowed: "seconds above 0: with 0 a replaced container is killed at once",
    wayOut: "Set stopGraceSeconds of its plan in topology/container-plans.ts.",
  }),
  containerRule({
    id: "stop-timeout",
    property: "stopTimeout",
    isAllowed: isPositive,
    allowed: "seconds above 0: with 0 `docker stop` kills at once",
    wayOut: "Set stopGraceSeconds of its plan in topology/container-plans.ts.",
  }),
];

function hasTest(value: unknown): boolean {
  if (!isRecord(value) || !Array.isArray(value.tests)) return false;
  const [kind, ...command] = value.tests as unknown[];
  return (kind === "CMD" || kind === "CMD-SHELL") && command.length > 0;
}
