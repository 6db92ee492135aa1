import type Docker from "dockerode";
import { connectEngine } from "../engine/engine-client.ts";
import type { Machine } from "../machine.ts";
import type { PulumiSetting } from "../pulumi/run-pulumi.ts";
import { adoptStack } from "./adopt/adopt-stack.ts";
import { dropPending } from "./drop-pending.ts";
import { engineObjects } from "./engine-objects.ts";
import { planRepair, type RepairPlan } from "./plan-repair.ts";
import { readState } from "./read-state.ts";
import { refuseWithoutState } from "./refuse-without-state.ts";
import { freeEndpoint, removeContainer, removeNetwork } from "./remove-objects.ts";

export interface RepairOptions {
  readonly stack: string;
  /** Take over containers of ours that no state knows, where they match what would be made. */
  readonly adopt: boolean;
  readonly report: (text: string) => void;
}

export interface Repaired {
  /** What was put right, a sentence each; empty when nothing was broken. */
  readonly done: readonly string[];
  /** Whether the state may differ from the engine, so that the deploy must refresh it first. */
  readonly refresh: boolean;
  /** The state was lost and is made anew, so it says nothing yet of what was deployed. */
  readonly adopted: boolean;
}

/**
 * Puts right what an interrupted command has left: pending operations in the state, containers and networks of ours that
 * the state does not know, half-removed ones. Volumes are never touched, and nothing without the labels of project and
 * stack. Call it with the stack's lock, after `repairBackend` has seen to Pulumi's own files.
 * @throws UserError where it cannot be put right, with the way out
 */
export async function repairStack(
  machine: Pick<Machine, "facts" | "paths" | "env">,
  { stack, adopt, report }: RepairOptions,
): Promise<Repaired> {
  const setting: PulumiSetting = { env: machine.env };
  const client = connectEngine(machine.facts.engine);
  const [before, engine] = await Promise.all([
    readState(setting, stack),
    engineObjects(client, stack),
  ]);
  // A deploy that was interrupted has at least the stack itself in its state. Without that, what runs is not its doing.
  const isLost = before.resources.length === 0;
  if (isLost && !adopt) await refuseWithoutState(machine, stack);
  const adopted = isLost && adopt ? await adoptStack(setting, { stack, client, report }) : [];
  const state = adopted.length === 0 ? before : await readState(setting, stack);
  const plan = planRepair(state, engine);
  if (plan.dropPending) {
    report("dropping pending operations from the state");
    await dropPending(setting, stack);
  }
  await removeAll(client, plan, report);
  return {
    done: [...adopted, ...plan.sentences],
    refresh: plan.refresh || adopted.length > 0,
    adopted: adopted.length > 0,
  };
}

/** Containers before networks, since a network with a container in it stays. */
async function removeAll(
  client: Docker,
  { removeContainers, removeNetworks, freeEndpoints }: RepairPlan,
  report: (text: string) => void,
): Promise<void> {
  if (removeContainers.length > 0) {
    report(`removing ${removeContainers.map(({ name }) => name).join(", ")}`);
    await Promise.all(removeContainers.map((it) => removeContainer(client, it)));
  }
  for (const { network, name } of freeEndpoints) await freeEndpoint(client, network, name);
  for (const network of removeNetworks) await removeNetwork(client, network);
}
