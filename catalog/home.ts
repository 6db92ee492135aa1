import { isAbsolute, join } from "node:path";

/** The variable that moves the folder of everything that must outlive a clone. */
export const homeVariable = "ASTRATRADE_HOME";

/** File in that folder with what set-up found out about the machine. */
export const machineFactsFile = "machine.json";

/**
 * File in that folder that pins a stack to a recorded release: the program then deploys the record, not the source.
 * @param home absolute path of the folder
 */
export function pinFile(home: string, stack: string): string {
  return join(home, "pins", `${stack}.json`);
}

/**
 * The folder of state, secrets, machine facts and release records.
 * @param env environment of the process
 * @param userHome the user's home folder
 * @throws Error when the variable holds a relative path, which would mean another folder for each working directory
 */
export function homeFolder(
  env: Readonly<Record<string, string | undefined>>,
  userHome: string,
): string {
  const moved = env[homeVariable];
  if (moved === undefined || moved === "") return join(userHome, ".astratrade");
  if (isAbsolute(moved)) return moved;
  throw new Error(
    `${homeVariable} is "${moved}"; it must be an absolute path, for instance /var/lib/astratrade.`,
  );
}
