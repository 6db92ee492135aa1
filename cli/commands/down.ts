import { createInterface } from "node:readline/promises";
import { noteStackDown, requireSameEngine } from "../engine/engine-of-stack.ts";
import { reachEngine } from "../engine/reach-engine.ts";
import { ofStack } from "../engine/stack-containers.ts";
import { forgetVolumes } from "../data-formats.ts";
import { withStackLock } from "../lock/stack-lock.ts";
import { readMachine, type Machine } from "../machine.ts";
import { npmCommand } from "../npm-command.ts";
import { runSteps } from "../progress/run-steps.ts";
import type { Step } from "../progress/step.ts";
import { describeChanges } from "../pulumi/events.ts";
import { askPulumi, runOperation, type PulumiSetting } from "../pulumi/run-pulumi.ts";
import { forgetReleases } from "../releases/forget-releases.ts";
import { refuseWithoutState } from "../repair/refuse-without-state.ts";
import { repairBackend } from "../repair/repair-backend.ts";
import { repairStack } from "../repair/repair-stack.ts";
import { hasStack } from "../pulumi/stacks.ts";
import { exitCodes, UserError } from "../setup/user-error.ts";

export interface DownOptions {
  readonly stack: string;
  /** Delete the data too. */
  readonly purge: boolean;
  /** The stack's name once more, where nobody can be asked. */
  readonly confirm: string | undefined;
  /** How long to wait for another command on the stack, in milliseconds. */
  readonly waitMs: number;
}

/**
 * Takes a stack down. Volumes are kept, and the next `up` finds its data again; with `purge` they are deleted, after the
 * stack's name has been given a second time, and so are its release records and images.
 * @throws UserError
 */
export async function down(options: DownOptions): Promise<number> {
  const { stack, purge } = options;
  if (purge) await confirmPurge(options);
  const machine = readMachine();
  return await withStackLock(
    { paths: machine.paths, stack, command: "down", waitMs: options.waitMs },
    () => takeDown(machine, options),
  );
}

async function takeDown(machine: Machine, { stack, purge }: DownOptions): Promise<number> {
  await reachEngine(machine.facts.engine);
  await requireSameEngine(machine.paths, stack, machine.facts.engine);
  const setting: PulumiSetting = { env: machine.env };
  const found = { isThere: false, refresh: false };
  const repair: Step = {
    title: "Look for what an earlier command has left",
    run: async (report) => {
      const files = repairBackend(setting, stack);
      found.isThere = await hasStack(setting, stack);
      if (!found.isThere) {
        await refuseWithoutState(machine, stack);
        return [...files, "the stack is not there"].join("; ");
      }
      const repaired = await repairStack(machine, { stack, adopt: false, report });
      found.refresh = repaired.refresh;
      return [...files, ...repaired.done].join("; ") || "nothing";
    },
  };
  const destroy: Step = {
    title: `Take stack ${stack} down`,
    run: async (report) => {
      if (!found.isThere) return "nothing to do";
      const args = ["destroy", "--stack", stack, ...(found.refresh ? ["--refresh"] : [])];
      return describeChanges(await runOperation(setting, args, report));
    },
  };
  const deleteData: Step = {
    title: "Delete its data",
    run: async () => {
      const deleted = await deleteVolumes(machine, stack);
      if (await hasStack(setting, stack)) {
        await askPulumi(setting, ["stack", "rm", stack, "--yes", "--preserve-config"]);
      }
      return deleted.length === 0 ? "there was none" : deleted.join(", ");
    },
  };
  const deleteReleases: Step = {
    title: "Delete its releases",
    run: () => forgetReleases(machine, stack),
  };
  await runSteps([repair, destroy, ...(purge ? [deleteData, deleteReleases] : [])]);
  noteStackDown(machine.paths, stack, purge ? "deleted" : "kept");
  if (!purge && found.isThere) {
    process.stdout.write(
      `Data is kept: \`${npmCommand("up", stack)}\` brings the stack back with it.\n`,
    );
  }
  return 0;
}

async function confirmPurge({ stack, confirm }: DownOptions): Promise<void> {
  const given = confirm ?? (await ask(stack));
  if (given === stack) return;
  throw new UserError(
    given === undefined
      ? `--purge deletes the data of stack "${stack}" for good: say so with --confirm ${stack}.`
      : `"${given}" is not the name of the stack, "${stack}": nothing was deleted.`,
    exitCodes.badUsage,
  );
}

async function ask(stack: string): Promise<string | undefined> {
  if (!process.stdin.isTTY) return undefined;
  const terminal = createInterface({ input: process.stdin, output: process.stderr });
  try {
    const question = `This deletes all data of stack "${stack}" for good. Type the stack's name to go on: `;
    return (await terminal.question(question)).trim();
  } finally {
    terminal.close();
  }
}

/** Volumes are found by label, so that data of an earlier layout goes as well. */
async function deleteVolumes({ facts, paths }: Machine, stack: string): Promise<string[]> {
  const client = await reachEngine(facts.engine);
  const { Volumes } = await client.listVolumes({ filters: ofStack(stack) });
  for (const { Name } of Volumes) {
    await client.getVolume(Name).remove();
    forgetVolumes([Name], paths.dataVersions);
  }
  return Volumes.map(({ Name }) => Name);
}
