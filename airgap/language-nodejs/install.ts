import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync } from "node:fs";
import { join } from "node:path";
import type { PackageManager, RuntimeOptions } from "./options.ts";

const LOCK_FILES: readonly (readonly [string, PackageManager])[] = [
  ["package-lock.json", "npm"],
  ["yarn.lock", "yarn"],
  ["pnpm-lock.yaml", "pnpm"],
  ["bun.lock", "bun"],
];

/** With `auto`, the lock file in the folder says whose it is; without one it is npm. */
export function choosePackageManager(
  folder: string,
  wanted: RuntimeOptions["packageManager"],
): PackageManager {
  if (wanted !== "auto") return wanted;
  return LOCK_FILES.find(([file]) => existsSync(join(folder, file)))?.[1] ?? "npm";
}

/** Where the words of the package manager go, chunk by chunk. */
export interface InstallOutput {
  readonly stdout: (chunk: Uint8Array) => void;
  readonly stderr: (chunk: Uint8Array) => void;
}

/**
 * Installs the packages of a program, as `pulumi install` asks for.
 *
 * @throws Error if the package manager is missing, fails, or is cancelled
 */
export async function installDependencies(
  folder: string,
  manager: PackageManager,
  output: InstallOutput,
  signal: AbortSignal,
): Promise<void> {
  const child = spawn(manager, ["install"], {
    cwd: folder,
    stdio: ["ignore", "pipe", "pipe"],
    signal,
  });
  child.stdout.on("data", output.stdout);
  child.stderr.on("data", output.stderr);
  // "close" comes after the last chunk of output, "exit" may come before.
  const [code] = (await once(child, "close").catch((cause: unknown) => {
    throw new Error(`${manager} install in ${folder} could not run; is ${manager} on the PATH?`, {
      cause,
    });
  })) as [number | null];
  if (code !== 0) throw new Error(`${manager} install in ${folder} failed with exit code ${code}`);
}
