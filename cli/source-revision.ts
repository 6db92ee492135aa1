import { execFile } from "node:child_process";
import { promisify } from "node:util";
import { repositoryRoot } from "./paths.ts";

export interface SourceRevision {
  readonly revision: string;
  /** Whether the working tree differs from the commit. */
  readonly dirty: boolean;
}

/**
 * The commit that is checked out, and whether the working tree differs from it. Null outside a git checkout, and in an
 * unpacked archive that only happens to lie within one: the commit there says nothing of this source.
 * @param root the clone
 */
export async function sourceRevision(
  root: string = repositoryRoot,
): Promise<SourceRevision | null> {
  const git = async (...args: string[]): Promise<string> =>
    (await promisify(execFile)("git", args, { cwd: root, timeout: 10_000 })).stdout;
  try {
    await git("ls-files", "--error-unmatch", "--", "package.json");
    const revision = (await git("rev-parse", "HEAD")).trim();
    return { revision, dirty: (await git("status", "--porcelain", "--", ".")) !== "" };
  } catch {
    return null;
  }
}
