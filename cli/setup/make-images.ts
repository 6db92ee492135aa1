import { join } from "node:path";
import type { BaseImageName } from "../../catalog/images.ts";
import type { ImageFacts } from "../../topology/machine-facts.ts";
import { aptInstall } from "../engine/apt.ts";
import { hostSystem } from "../engine/host-system.ts";
import { repositoryRoot } from "../paths.ts";
import { type Draft, from, type SetupContext } from "./context.ts";
import { runCommand } from "./run-command.ts";

const makeTimeoutMs = 20 * 60_000;

export interface MadeImages {
  readonly made: Partial<Record<BaseImageName, ImageFacts>>;
  /** Why some are not among them. */
  readonly failure?: string;
}

/**
 * Makes images from Debian packages. A program of its own does it, which finds what it has made before without any tool;
 * mmdebstrap is installed only where the first attempt shows that it is needed.
 */
export async function makeImages(
  ctx: SetupContext,
  draft: Draft,
  names: readonly BaseImageName[],
): Promise<MadeImages> {
  const first = await runMaker(ctx, draft, names);
  if (first.failure === undefined || hostSystem(ctx.env).hasProgram("mmdebstrap")) return first;
  const noTool = await installMmdebstrap(ctx);
  return noTool === undefined ? await runMaker(ctx, draft, names) : { ...first, failure: noTool };
}

/** One line that the program prints for each image. */
interface MadeLine {
  readonly name: BaseImageName;
  readonly ref: string;
  readonly version: string;
  readonly imageId: string;
}

async function runMaker(
  ctx: SetupContext,
  draft: Draft,
  names: readonly BaseImageName[],
): Promise<MadeImages> {
  const script = join(repositoryRoot, "airgap", "images", "make.ts");
  const { host, certPath } = from(draft, "engine");
  const args = [
    ...["--import", "tsx", script],
    ...names.flatMap((name) => ["--image", name]),
    ...["--node-binary", from(draft, "node").path],
    ...["--engine-host", host],
    ...(certPath === undefined ? [] : ["--cert-path", certPath]),
  ];
  const result = await runCommand(process.execPath, args, {
    cwd: repositoryRoot,
    onLine: ctx.report,
    timeoutMs: makeTimeoutMs,
  });
  const made: MadeImages["made"] = {};
  for (const line of result.stdout.split("\n").filter((text) => text.startsWith("{"))) {
    const { name, ref, version, imageId } = JSON.parse(line) as MadeLine;
    made[name] = { kind: "fallback", ref, version, imageId };
  }
  if (result.ok) return { made };
  return { made, failure: `Making one failed: ${result.failure}.\n${result.tail}` };
}

/** @returns why it cannot be installed, or undefined when it is */
async function installMmdebstrap(ctx: SetupContext): Promise<string | undefined> {
  const system = hostSystem(ctx.env);
  if (!system.hasApt || !system.isRoot) {
    return "A replacement can be made on Debian only, as root or with the package mmdebstrap installed.";
  }
  const question =
    "No image registry can be reached. Install Debian's package mmdebstrap to make the images?";
  if (ctx.confirm === undefined) {
    ctx.notice(
      "No image registry can be reached: installing Debian's package mmdebstrap to make the images.",
    );
  } else if (!(await ctx.confirm(question))) {
    return "The package mmdebstrap, which makes replacements, was not to be installed.";
  }
  await aptInstall(["mmdebstrap"], ctx.report);
  return undefined;
}
