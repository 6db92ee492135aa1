import { containersOf } from "../../../topology/build-topology.ts";
import type { AnsweringEngine, ContainerLook, Facts } from "../facts.ts";
import type { Finding } from "../finding.ts";
import { defineGroup, type Found } from "../group.ts";
import { count, inMib, list, stackFile } from "../words.ts";

const mib = 1024 * 1024;
/** A container of ours takes 30 to 80 MiB when it has started, measured without load. */
const startMib = 64;
/** Pulumi with program and plugins, while it deploys. */
const deployMib = 512;

const kinds = {
  fits: { severity: "passed", meaning: "The memory limits fit the engine's RAM." },
  sum: {
    severity: "refusal",
    meaning: "The stack's memory limits add up to more than the engine's RAM.",
    remedy: "Lower `astratrade:limits.<container>.memoryMb`.",
  },
  "with-others": {
    severity: "warning",
    meaning:
      "With those of the other running containers they add up to more. A container without a limit counts with what it uses.",
    remedy: "Stop others, or lower `astratrade:limits.<container>.memoryMb`.",
  },
  unbounded: {
    severity: "info",
    meaning: "Other running containers have no memory limit.",
    remedy: "`docker update --memory … --memory-swap … <container>`",
  },
  available: {
    severity: "warning",
    meaning:
      "The engine's machine has too little free memory now: 64 MiB for each container that is to start, and 512 MiB for the deploy.",
    remedy: "Stop something else.",
  },
} as const;

/** Whether the stack's memory limits fit the engine's RAM, alone and beside what else runs. */
export const memory = defineGroup({
  name: "memory",
  kinds,
  examine: (facts, found) => {
    if (!facts.engine.answers) return [];
    const free = available(facts, facts.engine, found);
    return [...sums(facts, facts.engine, found), ...free];
  },
});

type FoundMemory = Found<keyof typeof kinds>;

function sums(facts: Facts, look: AnsweringEngine, found: FoundMemory): Finding[] {
  const plans = containersOf(facts.topology);
  const own = plans.reduce((sum, { memoryMb }) => sum + memoryMb * mib, 0);
  const ram = look.info.memoryBytes;
  const largest = [...plans]
    .sort((a, b) => b.memoryMb - a.memoryMb)
    .slice(0, 3)
    .map(({ service, memoryMb }) => `astratrade:limits.${service}.memoryMb (now ${memoryMb})`);
  const lower = `lower the limits in ${stackFile(facts)}, the largest first: ${list([...new Set(largest)])}.`;
  if (own > ram) {
    return [
      found("sum", {
        message: `The memory limits of ${count(plans.length, "container")} add up to ${inMib(own)}; the engine has ${inMib(ram)}.`,
        remedy: capitalise(lower),
      }),
    ];
  }
  const others = othersThatRun(facts, look);
  const theirs = others.reduce((sum, it) => sum + memoryOf(it), 0);
  const unbounded = others.filter(({ memoryLimitBytes }) => memoryLimitBytes === null);
  return [
    own + theirs > ram
      ? found("with-others", {
          message: `The memory limits add up to ${inMib(own)}, with ${count(others.length, "other running container")} to ${inMib(own + theirs)}; the engine has ${inMib(ram)}.`,
          remedy: `Stop others, or ${lower}`,
        })
      : found("fits", { message: `limits add up to ${inMib(own)} of ${inMib(ram)}` }),
    ...(unbounded.length === 0
      ? []
      : [
          found("unbounded", {
            message: `${count(unbounded.length, "other running container")} without a memory limit may take all there is: ${list(unbounded.map(describeUnbounded))}.`,
            remedy: `Give ${unbounded.length === 1 ? "it" : "each"} a limit: docker update --memory 512m --memory-swap 512m ${unbounded.map(({ name }) => name).join(" ")}`,
          }),
        ]),
  ];
}

/** Free memory is looked at where the engine runs on this machine: no engine tells it. */
function available(facts: Facts, look: AnsweringEngine, found: FoundMemory): Finding[] {
  if (facts.memory === null) return [];
  const running = new Set(
    look.containers
      .filter((it) => it.running && it.stack === facts.stack)
      .map((container) => container.name),
  );
  const toStart = containersOf(facts.topology).filter(({ name }) => !running.has(name)).length;
  const wanted = (toStart * startMib + deployMib) * mib;
  const { availableBytes } = facts.memory;
  if (availableBytes >= wanted) return [];
  return [
    found("available", {
      message: `${inMib(availableBytes)} of memory are free; to deploy and to start ${count(toStart, "container")} takes about ${inMib(wanted)}.`,
      remedy: "Stop something else on this machine first.",
    }),
  ];
}

function othersThatRun({ stack }: Facts, { containers }: AnsweringEngine): ContainerLook[] {
  return containers.filter((it) => it.running && it.stack !== stack);
}

function memoryOf({ memoryLimitBytes, memoryUsageBytes }: ContainerLook): number {
  return memoryLimitBytes ?? memoryUsageBytes ?? 0;
}

function describeUnbounded({ name, memoryUsageBytes }: ContainerLook): string {
  return memoryUsageBytes === null ? name : `${name} (uses ${inMib(memoryUsageBytes)})`;
}

function capitalise(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}
