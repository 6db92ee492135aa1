import { existsSync } from "node:fs";
import { parseDeployment, type Deployment } from "../../catalog/deployment.ts";
import { npmCommand } from "../npm-command.ts";
import { isInterruption } from "../processes/interruption.ts";
import { exitCodes, UserError } from "../setup/user-error.ts";
import { isWithoutFolder, stackFiles } from "./local-backend.ts";
import { askPulumi, type PulumiSetting } from "./run-pulumi.ts";
import { dropSalt, settleSalt } from "./stack-salt.ts";
import { outputsOf, readStackState } from "./stack-state.ts";

/**
 * Makes a stack the current one, so that plain `pulumi` commands mean it too; a new one is initialised.
 * @param beforeInit is asked before a stack is made that the backend does not know, and throws where it must not be
 * @returns whether it is new to the backend
 */
export async function selectStack(
  setting: PulumiSetting,
  stack: string,
  beforeInit: () => Promise<void> = () => Promise.resolve(),
): Promise<boolean> {
  const isNew = !(await trySelect(setting, stack));
  if (isNew) {
    await beforeInit();
    // A salt from a state that is no more would be taken, and fits no passphrase of today.
    dropSalt(stack);
    await askPulumi(setting, ["stack", "init", stack]);
  }
  await settleSalt(setting, stack);
  return isNew;
}

/** Selecting takes half the time of listing all stacks, so the common case is tried first. */
async function trySelect(setting: PulumiSetting, stack: string): Promise<boolean> {
  try {
    await askPulumi(setting, ["stack", "select", stack]);
    return true;
  } catch (error) {
    if (isInterruption(error) || (await hasStack(setting, stack))) throw error;
    return false;
  }
}

/** @returns whether the backend knows the stack; a local one that does has a file of it */
export async function hasStack(setting: PulumiSetting, stack: string): Promise<boolean> {
  const files = stackFiles(setting, stack);
  if (files !== null && existsSync(files.checkpoint)) return true;
  if (isWithoutFolder(setting)) return false;
  const list = JSON.parse(await askPulumi(setting, ["stack", "ls", "--json"])) as {
    name: string;
  }[];
  // A backend may put organisation and project before the name.
  return list.some(({ name }) => name === stack || name.endsWith(`/${stack}`));
}

/**
 * Reads the stack output `deployment`.
 * @throws UserError with exit code 3 when there is no such stack, it has nothing deployed, or another version did it
 */
export async function readDeployment(setting: PulumiSetting, stack: string): Promise<Deployment> {
  if (!(await hasStack(setting, stack))) throw notDeployed(stack);
  const { deployment } = outputsOf(await readStackState(setting, stack));
  if (deployment === undefined) throw notDeployed(stack);
  try {
    return parseDeployment(deployment);
  } catch (error) {
    throw new UserError(
      `${(error as Error).message}\nRun \`${npmCommand("up", stack)}\` to deploy it with this version.`,
      exitCodes.notReachable,
    );
  }
}

export function notDeployed(stack: string): UserError {
  return new UserError(
    `Stack "${stack}" is not deployed: run \`${npmCommand("up", stack)}\`.`,
    exitCodes.notReachable,
  );
}
