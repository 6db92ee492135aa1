import { connectEngine } from "../engine/engine-client.ts";
import { stackContainers } from "../engine/stack-containers.ts";
import type { Machine } from "../machine.ts";
import { npmCommand } from "../npm-command.ts";
import { UserError } from "../setup/user-error.ts";

/**
 * Containers of a stack that the state does not know would only be met one by one, each as a name that is taken.
 * @throws UserError that says where the state may be, and how to go on without it
 */
export async function refuseWithoutState(
  { facts, paths }: Pick<Machine, "facts" | "paths">,
  stack: string,
): Promise<void> {
  const containers = await stackContainers(connectEngine(facts.engine), stack);
  if (containers.length === 0) return;
  const names = containers.map(({ name }) => name);
  throw new UserError(
    `Stack "${stack}" runs on this engine (${names.join(", ")}), but the state in ${paths.state} does not know it.\n` +
      "If another home holds the state, set ASTRATRADE_HOME to it. If the state is lost, run " +
      `\`${npmCommand("up", stack, "--adopt")}\`: it takes over what runs, and data is in volumes and stays.`,
  );
}
