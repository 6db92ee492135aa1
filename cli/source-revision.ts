import { execFile } from "node:child_process";
import { promisify } from "node:util";
import { repositoryRoot } from "./paths.ts";

export interface SourceRevision {
  readonly revision: string;
  /** Whether the working tree differs from the commit. */
  readonly dirty: boolean;
}

/** The commit that is checked out, and whether the working tree differs from it; null outside a git checkout. */
export async function sourceRevision(): Promise<SourceRevision | null> {
  const git = async (...args: string[]): Promise<string> =>
    (await promisify(execFile)("git", args, { cwd: repositoryRoot, timeout: 10_000 })).stdout;
  try {
    const revision = (await git("rev-parse", "HEAD")).trim();
    return { revision, dirty: (await git("status", "--porcelain")) !== "" };
  } catch {
    return null;
  }
}
