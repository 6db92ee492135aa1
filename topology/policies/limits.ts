import { containerRule, isPositive, recipe, type Policy } from "./policy.ts";

const raise = "Set astratrade:limits for it, or mend its limits in the catalogue.";

export const limitPolicies: readonly Policy[] = [
  containerRule({
    id: "memory-limit",
    property: "memory",
    isAllowed: isPositive,
    allowed: "a limit in MiB, above 0",
    wayOut: raise,
  }),
  containerRule({
    id: "swap-limit",
    property: "memorySwap",
    isAllowed: (value, { inputs }, { swapLimit }) =>
      // Without a memory limit there is nothing to compare with, and that is another policy's finding.
      !isPositive(inputs.memory) || value === inputs.memory || (value === -1 && !swapLimit),
    allowed: "the same as memory, which means no swap; -1 only on an engine that cannot limit swap",
    wayOut:
      `Set it from the plan's memorySwapMb in ${recipe}; ` +
      "`npm run setup` finds out what the engine can limit.",
  }),
  containerRule({
    id: "cpu-limit",
    property: "cpus",
    isAllowed: (value) => typeof value === "string" && isPositive(Number(value)),
    allowed: 'cores as a decimal text above 0, such as "0.5"',
    wayOut: raise,
  }),
];
