import { createHash } from "node:crypto";
import { createReadStream, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pipeline } from "node:stream/promises";
import { parseArgs } from "node:util";
import { connect, findImage, importImage, type MadeImage } from "./engine-images.ts";
import { commonFinish } from "./finish-root.ts";
import { imageNames, type ImageName, recipeHash, upstreamVersion } from "./recipe.ts";
import { recipes } from "./recipes/index.ts";
import { makeRootFilesystem } from "./root-filesystem.ts";
import { runProgram } from "./run-program.ts";

const help = `Makes a base image from Debian packages, for machines that reach no image registry.

  node --import tsx airgap/images/make.ts --image <name> [options]

  --image <name>         ${imageNames.join(", ")}
  --node-binary <path>   the Node that the image "node" carries (the one of the npm package)
  --engine-host <host>   as in DOCKER_HOST; default: DOCKER_HOST, else unix:///var/run/docker.sock
  --work-dir <folder>    for temporary files, about 500 MB; default: the system's temporary folder
  --rebuild              make it anew although it is there, to have newer packages

An image that was made by the same recipe is used again. Needs mmdebstrap and, for most kernels, root.
The last line on standard output is JSON: {"name", "kind", "ref", "version", "imageId", "changed"}.
`;

interface MakeOptions {
  readonly name: ImageName;
  readonly nodeBinary: string | undefined;
  readonly engineHost: string;
  readonly workDir: string;
  readonly rebuild: boolean;
}

/** Makes the image, or finds it made. */
async function makeImage(options: MakeOptions): Promise<MadeImage & { changed: boolean }> {
  const { name, nodeBinary } = options;
  const recipe = recipes[name];
  const docker = connect(options.engineHost);
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
      makeRootFilesystem(recipe, { folder, nodeBinary, report: progress }),
    );
    const version = await step("reading its version", () =>
      versionOf(recipe.mainPackage, root.packages, nodeBinary),
    );
    progress("importing it into the engine");
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

class StepError extends Error {}

function progress(line: string): void {
  process.stderr.write(`${line}\n`);
}

function readOptions(): MakeOptions | string {
  const { values } = parseArgs({
    options: {
      image: { type: "string" },
      "node-binary": { type: "string" },
      "engine-host": { type: "string" },
      "work-dir": { type: "string", default: tmpdir() },
      rebuild: { type: "boolean", default: false },
      help: { type: "boolean", default: false },
    },
  });
  if (values.help) return "";
  const name = imageNames.find((known) => known === values.image);
  if (name === undefined) {
    return `--image is "${values.image ?? ""}"; it must be one of ${imageNames.join(", ")}.`;
  }
  const nodeBinary = values["node-binary"];
  if (name === "node" && nodeBinary === undefined)
    return "--image node needs --node-binary <path>.";
  return {
    name,
    nodeBinary: name === "node" ? nodeBinary : undefined,
    engineHost: values["engine-host"] ?? process.env.DOCKER_HOST ?? "unix:///var/run/docker.sock",
    workDir: values["work-dir"],
    rebuild: values.rebuild,
  };
}

async function main(): Promise<number> {
  let options: MakeOptions | string;
  try {
    options = readOptions();
  } catch (error) {
    options = (error as Error).message;
  }
  if (options === "") {
    process.stdout.write(help);
    return 0;
  }
  if (typeof options === "string") {
    process.stderr.write(`${options}\n\n${help}`);
    return 2;
  }
  try {
    const { ref, version, imageId, changed } = await makeImage(options);
    const result = { name: options.name, kind: "fallback", ref, version, imageId, changed };
    process.stdout.write(`${JSON.stringify(result)}\n`);
    return 0;
  } catch (error) {
    if (!(error instanceof StepError)) throw error;
    process.stderr.write(`Image ${options.name}: ${error.message}\n`);
    return 1;
  }
}

process.exitCode = await main();
