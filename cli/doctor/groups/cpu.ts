import { containersOf } from "../../../topology/build-topology.ts";
import { defineGroup } from "../group.ts";
import { count, stackFile } from "../words.ts";

/** Whether the stack's CPU limits fit the engine's cores. */
export const cpu = defineGroup({
  name: "cpu",
  kinds: {
    fits: { severity: "passed", meaning: "The CPU limits fit the engine's cores." },
    sum: {
      severity: "warning",
      meaning:
        "The CPU limits add up to more than the cores: under full load, containers wait for each other.",
      remedy: "Lower `astratrade:limits.<container>.cpus`, or leave it: CPU is shared in time.",
    },
    container: {
      severity: "refusal",
      meaning: "One container's limit is above the engine's cores, which the engine refuses.",
      remedy: "Lower `astratrade:limits.<container>.cpus`.",
    },
  },
  examine: ({ engine, topology, ...facts }, found) => {
    if (!engine.answers) return [];
    const { cpus } = engine.info;
    const plans = containersOf(topology);
    const tooMuch = plans.filter((plan) => Number(plan.cpus) > cpus);
    if (tooMuch.length > 0) {
      return tooMuch.map((plan) =>
        found("container", {
          subject: plan.name,
          message: `${plan.name} may use ${plan.cpus} CPUs; the engine has ${cpus} and refuses more.`,
          remedy: `Set astratrade:limits.${plan.service}.cpus in ${stackFile(facts)} to ${cpus} or less.`,
        }),
      );
    }
    // Decimals are added up in hundredths: the engine knows no finer limit, and 0.1 + 0.2 is not 0.3.
    const sum = plans.reduce((total, plan) => total + Math.round(Number(plan.cpus) * 100), 0) / 100;
    if (sum <= cpus) return [found("fits", { message: `limits add up to ${sum} of ${cpus} CPUs` })];
    return [
      found("sum", {
        message: `The CPU limits of ${count(plans.length, "container")} add up to ${sum} CPUs; the engine has ${cpus}. Under full load they wait for each other.`,
        remedy: `Nothing need be done; astratrade:limits.<container>.cpus in ${stackFile(facts)} lowers a limit.`,
      }),
    ];
  },
});
