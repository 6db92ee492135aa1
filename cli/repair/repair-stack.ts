import { homedir } from "node:os";
import type Docker from "dockerode";
import { connectEngine } from "../engine/engine-client.ts";
import { restartEngine } from "../engine/restart-engine.ts";
import type { Machine } from "../machine.ts";
import type { PulumiSetting } from "../pulumi/run-pulumi.ts";
import { readStackState } from "../pulumi/stack-state.ts";
import { adoptStack } from "./adopt/adopt-stack.ts";
import { dropPending } from "./drop-pending.ts";
import { engineObjects } from "./engine-objects.ts";
import { planRepair, type RepairPlan } from "./plan-repair.ts";
import { refuseWithoutState } from "./refuse-without-state.ts";
import { freeEndpoint, removeContainer, removeNetwork } from "./remove-objects.ts";
import { stuckPorts, tryStarts } from "./try-starts.ts";

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
  const [before, found] = await Promise.all([
    readStackState(setting, stack),
    engineObjects(client, stack),
  ]);
  const refusals = await tryStarts(client, found);
  const ports = await stuckPorts(client, refusals);
  if (ports.length > 0) await freePorts(machine, client, ports, report);
  const engine = ports.length > 0 ? await engineObjects(client, stack) : found;
  // A deploy that was interrupted has at least the stack itself in its state. Without that, what runs is not its doing.
  const isLost = before.resources.length === 0;
  if (isLost && !adopt) await refuseWithoutState(machine, stack);
  const adopted = isLost && adopt ? await adoptStack(setting, { stack, client, report }) : [];
  const state = adopted.length === 0 ? before : await readStackState(setting, stack);
  const plan = planRepair(state, engine, new Set(refusals.map(({ container }) => container.id)));
  if (plan.dropPending) {
    report("dropping pending operations from the state");
    await dropPending(setting, stack);
  }
  await removeAll(client, plan, report);
  return {
    done: [
      ...(ports.length === 0 ? [] : [`restarted the engine, which ${held(ports)}`]),
      ...adopted,
      ...plan.sentences,
    ],
    refresh: plan.refresh || adopted.length > 0,
    adopted: adopted.length > 0,
  };
}

function held(ports: readonly number[]): string {
  const noun = ports.length === 1 ? "port" : "ports";
  return `held ${noun} ${ports.join(", ")} for containers that are no more`;
}

async function freePorts(
  { facts, paths }: Pick<Machine, "facts" | "paths">,
  client: Docker,
  ports: readonly number[],
  report: (text: string) => void,
): Promise<void> {
  await restartEngine(client, facts.engine, `The engine ${held(ports)}.`, {
    paths,
    env: process.env,
    userHome: homedir(),
    report,
    notice: report,
  });
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
