import type { DeployedContainer, Deployment } from "../../catalog/deployment.ts";
import type { CgroupFacts, ContainerFacts, EngineFacts } from "../evidence.ts";
import { formatValue } from "../report/format-value.ts";
import { defineCheck, type Check, type CheckDefinition, type Outcome } from "./check.ts";
import { containerKey } from "./naming.ts";
import { both, existing, item, section } from "./reader.ts";

/** Each container's limits are what was decided: as the engine has them, and as the kernel enforces them. */
export function limitChecks(deployment: Deployment): Check[] {
  return deployment.containers.flatMap((container) => checksOf(deployment, container));
}

function checksOf(deployment: Deployment, container: DeployedContainer): Check[] {
  const { name, limits } = container;
  const key = containerKey(deployment, container);
  const reads = both(existing(name), item("cgroups", name));
  const common = {
    group: "limits",
    severity: "major",
    remedy: `Compare \`docker inspect ${name}\` with the catalogue; \`npm run up\` sets the limits again.`,
  } as const satisfies Partial<CheckDefinition<unknown>>;
  return [
    defineCheck({
      ...common,
      id: `limits.memory.${key}`,
      title: `${name} has its memory limit`,
      failureTitle: `${name} has another memory limit than was decided`,
      why: "Without its limit one container can take the memory of all.",
      reads,
      judge: ([engine, kernel]) =>
        compare(limits.memoryBytes, engine.memoryBytes, kernel.memoryBytes, "bytes"),
    }),
    defineCheck({
      ...common,
      id: `limits.swap.${key}`,
      title: `${name} has its limit of memory and swap`,
      failureTitle: `${name} has another limit of memory and swap than was decided`,
      why: "A container that swaps is slow where it should fail, and slows the others down.",
      reads: both(both(existing(name), item("cgroups", name)), section("engine")),
      judge: ([[engine, kernel], facts]) => judgeSwap(limits, engine, kernel, facts),
    }),
    defineCheck({
      ...common,
      id: `limits.cpu.${key}`,
      title: `${name} has its CPU limit`,
      failureTitle: `${name} has another CPU limit than was decided`,
      why: "Without its limit one busy container makes all others slow.",
      reads,
      judge: ([engine, kernel]) =>
        compare(limits.nanoCpus, engine.nanoCpus, kernel.nanoCpus, "nanocpus"),
    }),
  ];
}

function judgeSwap(
  limits: DeployedContainer["limits"],
  engine: ContainerFacts,
  kernel: CgroupFacts,
  { swapLimit }: EngineFacts,
): Outcome {
  if (limits.memorySwapBytes !== -1) {
    return compare(limits.memorySwapBytes, engine.memorySwapBytes, kernel.memorySwapBytes, "bytes");
  }
  if (!swapLimit) {
    return { status: "not-applicable", reason: "this engine cannot limit swap" };
  }
  return {
    status: "warn",
    expected: "a swap limit, since this engine can set one",
    actual: "none was decided",
  };
}

/** The report has the number where engine and kernel agree, and both of them where they do not. */
function compare(
  decided: number,
  engine: number,
  kernel: number | null,
  unit: "bytes" | "nanocpus",
): Outcome {
  const passes = engine === decided && kernel === decided;
  if (engine === kernel) {
    return { status: passes ? "pass" : "fail", expected: decided, actual: engine, unit };
  }
  const kernelText = kernel === null ? "without limit" : formatValue(kernel, unit);
  const actual = `engine ${formatValue(engine, unit)}, kernel ${kernelText}`;
  return { status: "fail", expected: decided, actual, unit };
}
