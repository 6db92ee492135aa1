import { execFile } from "node:child_process";
import { appendFileSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { promisify } from "node:util";
import { z } from "zod";
import { repositoryRoot } from "../paths.ts";
import { askPulumi, type PulumiSetting } from "./run-pulumi.ts";

/** Name of the filter in .gitattributes. */
const filter = "astratrade-salt";
/** Takes the line out that Pulumi adds, and leaves every other change to be seen. */
const clean = "sed -e '/^encryptionsalt: /d'";

/**
 * Settles the salt of a stack's encryption, which Pulumi keeps in the stack file. A fresh clone gets it from the state
 * that earlier clones have left, and git is told that the line is no change: it belongs to this machine's state.
 */
export async function settleSalt(setting: PulumiSetting, stack: string): Promise<void> {
  const file = `Pulumi.${stack}.yaml`;
  const path = join(repositoryRoot, file);
  if (!/^encryptionsalt: /m.test(readFileSync(path, "utf8"))) {
    const salt = await saltInState(setting, stack);
    if (salt !== undefined) appendFileSync(path, `encryptionsalt: ${salt}\n`);
  }
  await ignoreSaltInGit(file);
}

/** Takes the salt out of a stack file. */
export function dropSalt(stack: string, root: string = repositoryRoot): void {
  const path = join(root, `Pulumi.${stack}.yaml`);
  const text = readFileSync(path, "utf8");
  const without = text.replace(/^encryptionsalt: .*\n?/m, "");
  if (without !== text) writeFileSync(path, without);
}

/**
 * Defines the filter of .gitattributes in this clone and takes note of the file as it is now, where the salt is all that
 * is new in it. Outside a git checkout there is nothing to do.
 */
export async function ignoreSaltInGit(file: string, root: string = repositoryRoot): Promise<void> {
  const git = async (...args: string[]): Promise<boolean> => {
    try {
      await promisify(execFile)("git", args, { cwd: root, timeout: 10_000 });
      return true;
    } catch {
      return false;
    }
  };
  if (!(await git("rev-parse", "--git-dir"))) return;
  await git("config", "--local", `filter.${filter}.clean`, clean);
  const isTracked = await git("ls-files", "--error-unmatch", "--", file);
  // `git status` takes another size for a change without looking; adding the same content only notes the new size.
  if (isTracked && (await git("diff", "--quiet", "--", file))) await git("add", "--", file);
}

const exported = z.object({
  deployment: z.object({
    secrets_providers: z.object({ state: z.object({ salt: z.string() }) }).optional(),
  }),
});

async function saltInState(setting: PulumiSetting, stack: string): Promise<string | undefined> {
  const text = await askPulumi(setting, ["stack", "export", "--stack", stack]);
  return exported.safeParse(JSON.parse(text)).data?.deployment.secrets_providers?.state.salt;
}
