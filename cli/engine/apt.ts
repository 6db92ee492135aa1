import { readdirSync } from "node:fs";
import { runCommand, type CommandResult } from "../setup/run-command.ts";
import { exitCodes, UserError } from "../setup/user-error.ts";

const packageLists = "/var/lib/apt/lists";
const timeoutMs = 15 * 60_000;
/** Another installation may hold the lock of dpkg, say unattended upgrades just after the machine's start. */
const options = ["-o", "DPkg::Lock::Timeout=120", "-o", "APT::Get::Assume-Yes=true"];

/**
 * Installs Debian packages without questions. The package lists are fetched only when there are none, or when they turn
 * out to be too old: the mirrors keep no superseded versions.
 *
 * @param report gets apt's own lines
 * @throws UserError with the end of apt's output
 */
export async function aptInstall(
  packages: readonly string[],
  report: (text: string) => void,
  lists: string = packageLists,
): Promise<void> {
  const hadLists = hasLists(lists);
  // A source that fails, often one of a third party, fails the whole update; what we need may have come all the same.
  let update = hadLists ? undefined : await apt(["update"], report);
  let install = await apt(["install", "--no-install-recommends", ...packages], report);
  if (!install.ok && hadLists) {
    update = await apt(["update"], report);
    install = await apt(["install", "--no-install-recommends", ...packages], report);
  }
  if (install.ok) return;
  const updateFailed = update?.ok === false ? `\`apt-get update\` failed too.\n${update.tail}` : "";
  throw new UserError(
    `Installing the Debian packages ${packages.join(", ")} failed: ${install.failure}. ` +
      `Is a Debian mirror reachable?\n${install.tail}\n${updateFailed}`.trimEnd(),
    exitCodes.notReachable,
  );
}

function apt(args: readonly string[], report: (text: string) => void): Promise<CommandResult> {
  return runCommand("apt-get", [...options, ...args], {
    env: { DEBIAN_FRONTEND: "noninteractive", LC_ALL: "C" },
    onLine: report,
    timeoutMs,
  });
}

function hasLists(lists: string): boolean {
  try {
    return readdirSync(lists).some((name) => name.includes("_Packages"));
  } catch {
    return false;
  }
}
