import { deploymentSchema, type Deployment } from "../../catalog/deployment.ts";
import { connectEngine } from "../engine/engine-client.ts";
import type { Machine } from "../machine.ts";
import { outputsOf, readStackState } from "../pulumi/stack-state.ts";
import { hasStack } from "../pulumi/stacks.ts";
import { shortId } from "../words.ts";
import type { Release } from "./release.ts";
import { isSameBlueprint } from "./same-release.ts";
import { stackContainers, type StackContainer } from "../engine/stack-containers.ts";

/** What a stack runs at the moment. */
export type Running =
  /** The stack is not deployed. */
  | { readonly kind: "nothing" }
  | { readonly kind: "release"; readonly number: number; readonly blueprint: unknown }
  /**
   * Something that no record describes: a deploy that failed half-way, one whose validation failed, or one by plain
   * `pulumi up`. `reason` is a sentence about it.
   */
  | { readonly kind: "unrecorded"; readonly reason: string; readonly blueprint: unknown };

export interface StackOutputs {
  readonly deployment: Deployment | null;
  readonly blueprint: unknown;
}

/**
 * Finds out which release runs: the newest record whose blueprint is the stack's, if the containers are those that the
 * stack's output speaks of. The output alone does not tell: a deploy that fails half-way leaves the earlier one's.
 */
export async function findRunning(
  { facts, env }: Machine,
  stack: string,
  releases: readonly Release[],
): Promise<Running> {
  const containers = await stackContainers(connectEngine(facts.engine), stack);
  const setting = { env };
  const outputs = (await hasStack(setting, stack))
    ? parseOutputs(outputsOf(await readStackState(setting, stack)))
    : null;
  return identifyRunning(releases, outputs, containers);
}

/** The pure part of `findRunning`. */
export function identifyRunning(
  releases: readonly Release[],
  outputs: StackOutputs | null,
  containers: readonly StackContainer[],
): Running {
  if (containers.length === 0) return { kind: "nothing" };
  const blueprint = outputs?.blueprint ?? null;
  const unrecorded = (reason: string): Running => ({ kind: "unrecorded", reason, blueprint });
  if (outputs?.deployment == null) {
    return unrecorded(
      "the last deploy has not come to its end, or another version of this made it",
    );
  }
  const difference = findDifference(outputs.deployment, containers);
  if (difference !== null) return unrecorded(`${difference}, so a deploy has ended half-way`);
  const newest = [...releases].sort((a, b) => b.number - a.number);
  const release = newest.find((it) => isSameBlueprint(it.blueprint, blueprint));
  if (release !== undefined) return { kind: "release", number: release.number, blueprint };
  return unrecorded(
    `what was deployed last (image ${shortId(outputs.deployment.runtimeImage)}) has not passed a validation`,
  );
}

/** One container that is not what was deployed is enough to know. */
function findDifference(
  deployment: Deployment,
  containers: readonly StackContainer[],
): string | null {
  const byName = new Map(containers.map((container) => [container.name, container]));
  for (const { name, image, configHash } of deployment.containers) {
    const container = byName.get(name);
    if (container === undefined) return `container ${name} is not there`;
    const isOtherImage = image.startsWith("sha256:") && container.imageId !== image;
    if (isOtherImage || container.configHash !== configHash) {
      return `container ${name} is not the one that was deployed`;
    }
  }
  return null;
}

function parseOutputs({ deployment, blueprint }: Readonly<Record<string, unknown>>): StackOutputs {
  return { deployment: deploymentSchema.safeParse(deployment).data ?? null, blueprint };
}
