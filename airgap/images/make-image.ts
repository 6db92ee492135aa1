import { createHash } from "node:crypto";
import { createReadStream, mkdtempSync, rmSync } from "node:fs";
import { join } from "node:path";
import { pipeline } from "node:stream/promises";
import {
  connectEngine,
  type EngineAddress,
  findImage,
  importImage,
  type MadeImage,
} from "./engine-images.ts";
import { commonFinish } from "./finish-root.ts";
import { type ImageName, recipeHash, upstreamVersion } from "./recipe.ts";
import { recipes } from "./recipes/index.ts";
import { makeRootFilesystem } from "./root-filesystem.ts";
import { runProgram } from "./run-program.ts";

export interface MakeOptions {
  readonly nodeBinary: string | undefined;
  readonly engine: EngineAddress;
  readonly workDir: string;
  readonly rebuild: boolean;
  readonly report: (line: string) => void;
}

/** Makes the image, or finds it made. */
export async function makeImage(
  name: ImageName,
  options: MakeOptions,
): Promise<MadeImage & { changed: boolean }> {
  const nodeBinary = name === "node" ? options.nodeBinary : undefined;
  const report = (text: string): void => options.report(`${name}: ${text}`);
  // Its lines about what it does start so; apt's and dpkg's are many and say little.
  const mmdebstrapProgress = (line: string): void => {
    if (line.startsWith("I: running --extract-hook")) report("finishing the root file system");
    else if (line.startsWith("I: ")) report(line.slice("I: ".length));
  };
  const recipe = recipes[name];
  const docker = await step("finding the engine", () => connectEngine(options.engine));
  const architecture = await step("asking the engine what it is", async () => {
    const { Arch } = await docker.version();
    const own = process.arch === "x64" ? "amd64" : process.arch;
    if (Arch === own) return Arch;
    throw new Error(
      `it runs on ${Arch}, this machine is ${own}; make the image on a machine like the engine's`,
    );
  });
  const nodeHash =
    nodeBinary && (await step("reading the Node binary", () => hashFile(nodeBinary)));
  const hash = recipeHash(recipe, { architecture, nodeHash, commonFinish });
  const found = await step("looking for the image", () => findImage(docker, name, hash));
  if (found !== undefined && !options.rebuild) return { ...found, changed: false };

  const folder = await step("making a temporary folder", () =>
    mkdtempSync(join(options.workDir, "astratrade-image-")),
  );
  try {
    const root = await step("making the root file system with mmdebstrap", () =>
      makeRootFilesystem(recipe, { folder, nodeBinary, report: mmdebstrapProgress }),
    );
    const version = await step("reading its version", () =>
      versionOf(recipe.mainPackage, root.packages, nodeBinary),
    );
    report("importing it into the engine");
    const origin = { name, version, recipe: hash, packages: root.packages };
    const made = await step("importing it into the engine", () =>
      importImage(docker, root.path, origin, recipe.changes),
    );
    return { ...made, changed: true };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

async function versionOf(
  mainPackage: string | undefined,
  packages: readonly string[],
  nodeBinary: string | undefined,
): Promise<string> {
  if (mainPackage === undefined) {
    const { stdout } = await runProgram(nodeBinary ?? "node", ["--version"], { timeoutMs: 10_000 });
    return stdout.trim().replace(/^v/, "");
  }
  const entry = packages.find((line) => line.startsWith(`${mainPackage}=`));
  if (entry === undefined)
    throw new Error(`the package ${mainPackage} is not among those unpacked`);
  return upstreamVersion(entry.slice(mainPackage.length + 1));
}

async function hashFile(path: string): Promise<string> {
  const hash = createHash("sha256");
  await pipeline(createReadStream(path), hash);
  return hash.digest("hex");
}

/** Runs a part of the work; its failure says which part it was. */
async function step<T>(what: string, work: () => T | Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    throw new StepError(`${what} failed: ${(error as Error).message}`, { cause: error });
  }
}

/** A part of the work failed; the message says which, and why. */
export class StepError extends Error {}
