import { chmodSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { debianSources, suite } from "./debian-sources.ts";
import { finishScript } from "./finish-root.ts";
import type { Recipe } from "./recipe.ts";
import { runProgram } from "./run-program.ts";

export interface RootFilesystem {
  /** A tar file. */
  readonly path: string;
  /** `name=version` of every package in it. */
  readonly packages: readonly string[];
}

export interface RootFilesystemOptions {
  /** Where the tar file and temporary files go. */
  readonly folder: string;
  readonly nodeBinary: string | undefined;
  readonly report: (line: string) => void;
}

/** On two cores 10 s; the rest is for slow mirrors. */
const timeoutMs = 15 * 60_000;

/**
 * Makes the root file system of an image. The variant `extract` unpacks packages and what they depend on, without
 * running their scripts: it takes half the time of a whole Debian and leaves out what only installing needs.
 */
export async function makeRootFilesystem(
  recipe: Recipe,
  { folder, nodeBinary, report }: RootFilesystemOptions,
): Promise<RootFilesystem> {
  const path = join(folder, `${recipe.name}.tar`);
  const packageList = join(folder, `${recipe.name}.packages`);
  const script = join(folder, `${recipe.name}.sh`);
  writeFileSync(script, finishScript(recipe));
  // apt downloads as a user of its own.
  chmodSync(folder, 0o755);
  const sources = await debianSources();
  await runProgram(
    "mmdebstrap",
    [
      "--variant=extract",
      `--include=${recipe.packages.join(",")}`,
      '--extract-hook=sh "$FINISH_SCRIPT" "$1"',
      suite,
      path,
      // Without sources of its own, mmdebstrap takes Debian's public mirrors.
      ...(sources === undefined ? [] : ["-"]),
    ],
    {
      ...(sources !== undefined && { input: sources }),
      env: {
        TMPDIR: folder,
        LC_ALL: "C",
        FINISH_SCRIPT: script,
        PACKAGE_LIST: packageList,
        ...(nodeBinary !== undefined && { NODE_BINARY: nodeBinary }),
      },
      onLine: report,
      timeoutMs,
    },
  );
  return { path, packages: readFileSync(packageList, "utf8").trim().split("\n") };
}
