import { join } from "node:path";
import type Docker from "dockerode";
import { type BaseImageName, officialImages } from "../../catalog/images.ts";
import type { ImageFacts, MachineFacts } from "../../topology/machine-facts.ts";
import { aptInstall } from "../engine/apt.ts";
import { connectEngine } from "../engine/engine-client.ts";
import { hostSystem } from "../engine/host-system.ts";
import { repositoryRoot } from "../paths.ts";
import { from, type Draft, type SetupContext } from "./context.ts";
import { type PullDeadlines, pullImage } from "./pull-image.ts";
import { runCommand } from "./run-command.ts";
import { exitCodes, UserError } from "./user-error.ts";

type Images = MachineFacts["images"];

const allNames = Object.keys(officialImages) as BaseImageName[];
/** Nothing runs without them. */
const required: readonly BaseImageName[] = ["node", "redis"];
/** There are no Debian packages of the others. */
const canBeMade: readonly BaseImageName[] = ["node", "redis", "prometheus", "haproxy"];
const makeTimeoutMs = 20 * 60_000;
const askAgainAfterMs = 24 * 60 * 60_000;

/**
 * Makes sure that the engine has the base images: one that is there is used; else the official one is pulled; else one
 * is made from Debian packages. What can be had in no way is recorded as unavailable, with a sentence for reports.
 *
 * Registries are asked when nothing is there yet. Where a replacement is in use, only `--refresh` asks again, since going
 * over to the official image changes every container; where nothing could be had, a day's pause does.
 *
 * @throws UserError when an image without which nothing runs cannot be had
 */
export async function provideImages(
  ctx: SetupContext,
  draft: Draft,
  deadlines: PullDeadlines = {},
): Promise<Images> {
  const engine = from(draft, "engine");
  const docker = connectEngine(engine);
  const images: Partial<Record<BaseImageName, ImageFacts>> = {};
  const unreachable = new Map<string, string>();
  const toMake: BaseImageName[] = [];
  for (const name of ctx.images) {
    const facts = await officialImage({ ctx, draft, docker, unreachable, deadlines }, name);
    images[name] = facts;
    if (facts.kind !== "official" && canBeMade.includes(name)) toMake.push(name);
  }
  if (toMake.length > 0) Object.assign(images, await makeImages(ctx, draft, images, toMake));
  for (const name of required) refuseWithout(name, images[name]);
  return complete(ctx, images);
}

interface Search {
  readonly ctx: SetupContext;
  readonly draft: Draft;
  readonly docker: Docker;
  /** Registries that did not answer, and what was said of them. */
  readonly unreachable: Map<string, string>;
  readonly deadlines: PullDeadlines;
}

async function officialImage(search: Search, name: BaseImageName): Promise<ImageFacts> {
  const { ctx, draft, docker, unreachable, deadlines } = search;
  const { ref, version } = officialImages[name];
  const official = (imageId: string) => ({ kind: "official", ref, version, imageId }) as const;
  const usesReplacement = ctx.earlier?.images[name].kind === "fallback" && !ctx.refresh;
  if (usesReplacement) return { kind: "unavailable", reason: "A replacement is in use." };
  const present = await imageId(docker, ref);
  if (present !== undefined) return official(present);
  const known = knownUnavailable(ctx, name);
  if (known !== undefined) return known;

  draft.askedRegistry = true;
  const registry = registryOf(ref);
  const before = unreachable.get(registry);
  if (before !== undefined) return cannotBePulled(ref, before);
  ctx.report(`${name}: asking for ${ref}`);
  const result = await pullImage(docker, ref, (text) => ctx.report(`${name}: ${text}`), deadlines);
  const pulled = result.ok ? await imageId(docker, ref) : undefined;
  if (pulled !== undefined) return official(pulled);
  const reason = result.ok ? "the engine does not have it after the pull" : result.reason;
  if (!result.ok && !result.reachable) unreachable.set(registry, reason);
  return cannotBePulled(ref, reason);
}

/** An image that could not be had lately is not asked for again with every command. */
function knownUnavailable(ctx: SetupContext, name: BaseImageName): ImageFacts | undefined {
  const facts = ctx.earlier?.images[name];
  if (ctx.refresh || facts?.kind !== "unavailable" || canBeMade.includes(name)) return undefined;
  const age = Date.now() - Date.parse(ctx.earlier?.checkedAt ?? "");
  return age < askAgainAfterMs ? facts : undefined;
}

function cannotBePulled(ref: string, reason: string): ImageFacts {
  return { kind: "unavailable", reason: `The image ${ref} cannot be pulled here: ${reason}` };
}

/** The making itself is a program of its own, which also finds what it has made before. */
async function makeImages(
  ctx: SetupContext,
  draft: Draft,
  images: Partial<Record<BaseImageName, ImageFacts>>,
  names: readonly BaseImageName[],
): Promise<Partial<Record<BaseImageName, ImageFacts>>> {
  const made = await runMaker(ctx, draft, names);
  if (made.failure === undefined) return made.images;
  const failed = names.filter((name) => made.images[name] === undefined);
  const reasons = failed.map((name): [BaseImageName, ImageFacts] => {
    const facts = images[name];
    const reason = facts?.kind === "unavailable" ? facts.reason : "";
    return [name, { kind: "unavailable", reason: `${reason}. ${made.failure ?? ""}` }];
  });
  return { ...made.images, ...Object.fromEntries(reasons) };
}

interface Made {
  readonly images: Partial<Record<BaseImageName, ImageFacts>>;
  readonly failure?: string;
}

async function runMaker(
  ctx: SetupContext,
  draft: Draft,
  names: readonly BaseImageName[],
): Promise<Made> {
  const noTool = await ensureMmdebstrap(ctx);
  if (noTool !== undefined) return { images: {}, failure: noTool };
  const script = join(repositoryRoot, "airgap", "images", "make.ts");
  const args = [
    ...["--import", "tsx", script],
    ...names.flatMap((name) => ["--image", name]),
    ...["--node-binary", from(draft, "node").path],
    ...["--engine-host", from(draft, "engine").host],
  ];
  const result = await runCommand(process.execPath, args, {
    cwd: repositoryRoot,
    onLine: ctx.report,
    timeoutMs: makeTimeoutMs,
  });
  const images: Partial<Record<BaseImageName, ImageFacts>> = {};
  for (const line of result.stdout.split("\n").filter((text) => text.startsWith("{"))) {
    const {
      name,
      ref,
      version,
      imageId: id,
    } = JSON.parse(line) as {
      name: BaseImageName;
      ref: string;
      version: string;
      imageId: string;
    };
    images[name] = { kind: "fallback", ref, version, imageId: id };
  }
  if (result.ok) return { images };
  return { images, failure: `Making a replacement failed: ${result.failure}.\n${result.tail}` };
}

/** @returns why there is none, or undefined when it is there */
async function ensureMmdebstrap(ctx: SetupContext): Promise<string | undefined> {
  const system = hostSystem(ctx.env);
  if (system.hasProgram("mmdebstrap")) return undefined;
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

function refuseWithout(name: BaseImageName, facts: ImageFacts | undefined): void {
  if (facts?.kind !== "unavailable") return;
  throw new UserError(
    `There is no image for ${name}. ${facts.reason}\nLoad the image into the engine by hand (\`docker load\`), or let ` +
      "the engine reach a registry.",
    exitCodes.notReachable,
  );
}

/** Images that nobody asked for now keep what was known of them. */
function complete(ctx: SetupContext, images: Partial<Record<BaseImageName, ImageFacts>>): Images {
  const registryAnswers = Object.values(images).some(({ kind }) => kind === "official");
  const entries = allNames.map((name): [BaseImageName, ImageFacts] => {
    const { ref, version } = officialImages[name];
    const later: ImageFacts = registryAnswers
      ? { kind: "official", ref, version }
      : { kind: "unavailable", reason: `Set-up was not asked for the image ${ref}.` };
    return [name, images[name] ?? ctx.earlier?.images[name] ?? later];
  });
  return Object.fromEntries(entries) as Images;
}

async function imageId(docker: Docker, ref: string): Promise<string | undefined> {
  try {
    return (await docker.getImage(ref).inspect()).Id;
  } catch (error) {
    if ((error as { statusCode?: number }).statusCode === 404) return undefined;
    throw error;
  }
}

/** The host in front of an image's name; names without one are Docker Hub's. */
function registryOf(ref: string): string {
  const [first = "", ...rest] = ref.split("/");
  return rest.length > 0 && /[.:]|^localhost$/.test(first) ? first : "docker.io";
}
