import { inspectStack, type DriftFound } from "../drift/find-drift.ts";
import { describeDrift } from "../drift/describe-drift.ts";
import { hasPendingChanges } from "../drift/pending-changes.ts";
import { reachEngine } from "../engine/reach-engine.ts";
import { readMachine } from "../machine.ts";
import { npmCommand } from "../npm-command.ts";
import { isInterruption } from "../processes/interruption.ts";
import type { PulumiSetting } from "../pulumi/run-pulumi.ts";
import { hasStack, notDeployed } from "../pulumi/stacks.ts";
import { exitCodes, UserError } from "../setup/user-error.ts";
import { readStackFile } from "../stack-file.ts";
import { count } from "../words.ts";

export interface DriftOptions {
  readonly stack: string;
  readonly json: boolean;
}

/**
 * Shows in what the running stack differs from what was deployed; changes nothing.
 * @returns 0 without drift, 1 with
 * @throws UserError with exit code 3 when the stack is not deployed, or its engine does not answer
 */
export async function drift({ stack, json }: DriftOptions): Promise<number> {
  const machine = readMachine();
  const client = await reachEngine(machine.facts.engine);
  const found = await orNotDeployed({ env: machine.env }, stack, () =>
    inspectStack(machine, stack, client),
  );
  if (found.compared.containers === 0) throw notDeployed(stack);
  const isPending = hasPendingChanges({
    stack,
    readConfig: () => readStackFile(stack),
    facts: machine.facts,
    blueprint: found.blueprint,
  });
  const text = json ? asJson(stack, found, isPending) : asText(stack, found, isPending);
  process.stdout.write(`${text}\n`);
  return found.items.length === 0 ? 0 : exitCodes.failed;
}

function asJson(stack: string, { items, compared }: DriftFound, isPending: boolean): string {
  // What the deploy does on the engine first is its own business.
  const shown = items.map((item) => ({ ...item, preparation: undefined }));
  const document = {
    stack,
    drifted: items.length > 0,
    pendingChanges: isPending,
    compared,
    items: shown,
  };
  return JSON.stringify(document, null, 2);
}

function asText(stack: string, { items, compared }: DriftFound, isPending: boolean): string {
  const up = npmCommand("up", stack);
  const { containers, networks, volumes } = compared;
  const all = `${count(containers, "container")}, ${count(networks, "network")} and ${count(volumes, "volume")}`;
  const pending = isPending
    ? [`The settings or the release differ from what was deployed; \`${up}\` deploys that too.`]
    : [];
  if (items.length === 0) {
    return [`Stack ${stack} runs as it was deployed: ${all} compared.`, ...pending].join("\n");
  }
  const differences = count(items.length, "difference");
  return [
    `Stack ${stack} differs from what was deployed: ${differences} (${all} compared).`,
    "- is what was deployed, + what there is; a hash stands for what may be a secret.",
    "",
    ...describeDrift(items, up),
    ...pending,
  ]
    .join("\n")
    .trimEnd();
}

/** Asking for the list of stacks takes as long as reading one, so only a failure is worth it. */
async function orNotDeployed<T>(
  setting: PulumiSetting,
  stack: string,
  read: () => Promise<T>,
): Promise<T> {
  try {
    return await read();
  } catch (error) {
    if (isInterruption(error) || !(error instanceof UserError)) throw error;
    if (await hasStack(setting, stack)) throw error;
    throw notDeployed(stack);
  }
}
