import { execFileSync } from "node:child_process";
import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync } from "node:fs";
import { join } from "node:path";

/** Relative to the project, since the provider compares the path as text: every clone must say the same. */
const contextDir = ".build/runtime";

/**
 * Makes the build context of the runtime image: the bundled code and its Dockerfile. It is bundled beside the old one and
 * moved there only when it differs, so that two Pulumi commands at once never see half a context. The bundler is a process
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
    rmSync(contextDir, { recursive: true, force: true });
    renameSync(fresh, contextDir);
    return contextDir;
  } finally {
    rmSync(fresh, { recursive: true, force: true });
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
