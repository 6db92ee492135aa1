import { existsSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { projectName } from "../../catalog/labels.ts";
import type { PulumiSetting } from "./run-pulumi.ts";

/** Where Pulumi's backend of files keeps what belongs to one stack. */
export interface StackFiles {
  /** The state itself: written beside under another name first, and then renamed. */
  readonly checkpoint: string;
  /** The state before the last change. */
  readonly backup: string;
  /** Folder of a checkpoint for each operation that has ended. */
  readonly history: string;
  /** Folder of one file for each Pulumi process that works on the stack. */
  readonly locks: string;
  /** Folders in which a write that broke off leaves a file. */
  readonly written: readonly string[];
}

/**
 * @returns whether the backend is a folder that is not there, of which Pulumi would say that it cannot be opened: it knows no
 *   stack. Set-up makes it.
 */
export function isWithoutFolder({ env }: PulumiSetting): boolean {
  const url = env.PULUMI_BACKEND_URL ?? "";
  return url.startsWith("file:///") && !existsSync(fileURLToPath(url));
}

/** @returns null when the state is kept elsewhere, so that its files are none of ours */
export function stackFiles({ env }: PulumiSetting, stack: string): StackFiles | null {
  const url = env.PULUMI_BACKEND_URL ?? "";
  if (!url.startsWith("file:///")) return null;
  const root = join(fileURLToPath(url), ".pulumi");
  const stacks = join(root, "stacks", projectName);
  const checkpoint = join(stacks, `${stack}.json`);
  // A backend that compresses names its files otherwise; the CLI reads those.
  if (existsSync(`${checkpoint}.gz`) || existsSync(`${checkpoint}.zst`)) return null;
  const history = join(root, "history", projectName, stack);
  const locks = join(root, "locks", "organization", projectName, stack);
  return {
    checkpoint,
    backup: `${checkpoint}.bak`,
    history,
    locks,
    written: [stacks, history, locks, join(root, "backups", projectName, stack)],
  };
}
