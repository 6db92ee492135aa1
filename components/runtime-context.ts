import { execFileSync } from "node:child_process";
import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync } from "node:fs";
import { join } from "node:path";

/** Relative to the project, since the provider compares the path as text: every clone must say the same. */
const contextDir = ".build/runtime";

/**
 * Makes the build context of the runtime image: the bundled code and its Dockerfile. It is bundled beside the old one and
 * moved there only when it differs, so that an unchanged context is left alone under a
 * command that reads it; the moment between the old one and the new one is a few milliseconds. The bundler is a process
 * of its own, since `runtime/` and the program know nothing of each other.
 * @returns the folder, relative to the project
 */
export function prepareRuntimeContext(): string {
  mkdirSync(".build", { recursive: true });
  const fresh = join(".build", `runtime-${process.pid}`);
  try {
    execFileSync(process.execPath, ["--import", "tsx", "runtime/build.ts", "--out", fresh], {
      stdio: ["ignore", "ignore", "inherit"],
      timeout: 120_000,
    });
    if (sameFiles(fresh, contextDir)) return contextDir;
    replaceFolder(fresh, contextDir);
    return contextDir;
  } finally {
    rmSync(fresh, { recursive: true, force: true });
  }
}

/** Another command may be doing the same: what it put there in between is as fresh as ours. */
function replaceFolder(fresh: string, old: string): void {
  rmSync(old, { recursive: true, force: true });
  try {
    renameSync(fresh, old);
  } catch (error) {
    if (!sameFiles(fresh, old)) throw error;
  }
}

function sameFiles(a: string, b: string): boolean {
  if (!existsSync(b)) return false;
  const list = (dir: string): string[] =>
    readdirSync(dir, { recursive: true, encoding: "utf8" }).sort();
  const files = list(a);
  return (
    files.join("\0") === list(b).join("\0") &&
    files.every((file) => contentOf(join(a, file)) === contentOf(join(b, file)))
  );
}

function contentOf(path: string): string {
  try {
    return readFileSync(path, "base64");
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "EISDIR") return "";
    throw error;
  }
}
