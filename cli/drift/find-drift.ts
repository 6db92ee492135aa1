import type Docker from "dockerode";
import { connectEngine } from "../engine/engine-client.ts";
import type { Machine } from "../machine.ts";
import { outputsOf, readOpenState } from "../pulumi/stack-state.ts";
import { compareStack } from "./compare-stack.ts";
import { readDeployed } from "./deployed.ts";
import { driftKey } from "./drift-key.ts";
import type { DriftItem } from "./drift-item.ts";
import { knownSecrets } from "./known-secrets.ts";
import { lookAtEngine } from "./look-at-engine.ts";
import { leaveUnmendable, rememberUnmendable } from "./unmendable.ts";
import { createVeil } from "./veil.ts";

/** How much was compared. */
export interface Compared {
  readonly containers: number;
  readonly networks: number;
  readonly volumes: number;
}

export interface DriftFound {
  /** Every difference, sorted by kind, name and property. */
  readonly items: readonly DriftItem[];
  readonly compared: Compared;
  /** The stack output `blueprint`: what the deploy was made from. */
  readonly blueprint: unknown;
}

/**
 * Compares what runs with what was last deployed, including what a refresh cannot see.
 * @returns every difference, sorted by kind, name and property; empty when the stack is not deployed
 * @throws UserError when the state cannot be read, or the engine does not answer
 */
export async function findDrift(machine: Machine, stack: string): Promise<readonly DriftItem[]> {
  return (await inspectStack(machine, stack, connectEngine(machine.facts.engine))).items;
}

/** The same, with how much was compared. */
export async function inspectStack(
  machine: Machine,
  stack: string,
  client: Docker,
): Promise<DriftFound> {
  const found = await compare(machine, stack, client);
  return { ...found, items: leaveUnmendable(machine.paths, stack, found.items) };
}

/**
 * Looks again after a deploy that had drift to mend. What is still there will be left alone from now on.
 * @returns what is still there
 */
export async function confirmMended(
  machine: Machine,
  stack: string,
): Promise<readonly DriftItem[]> {
  const { items } = await compare(machine, stack, connectEngine(machine.facts.engine));
  rememberUnmendable(machine.paths, stack, items);
  return items;
}

async function compare(
  { paths, env }: Machine,
  stack: string,
  client: Docker,
): Promise<DriftFound> {
  const state = await readOpenState({ env }, stack);
  const deployed = readDeployed(state);
  const { values, plainVariables } = knownSecrets(state);
  const live = await lookAtEngine(client, stack, deployed);
  const veil = createVeil({ key: driftKey(paths), secrets: values });
  return {
    items: compareStack(deployed, live, { veil, plainVariables }),
    compared: {
      containers: deployed.containers.length,
      networks: deployed.networks.length,
      volumes: deployed.volumes.length,
    },
    blueprint: outputsOf(state).blueprint,
  };
}
