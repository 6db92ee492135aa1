import type Docker from "dockerode";
import { type BaseImageName, officialImages } from "../../catalog/images.ts";
import type { ImageFacts, MachineFacts } from "../../topology/machine-facts.ts";
import { connectEngine } from "../engine/engine-client.ts";
import { from, type Draft, type SetupContext } from "./context.ts";
import { makeImages } from "./make-images.ts";
import { type PullDeadlines, pullImage } from "./pull-image.ts";
import { exitCodes, UserError } from "./user-error.ts";

type Images = MachineFacts["images"];

const allNames = Object.keys(officialImages) as BaseImageName[];
/** Nothing runs without them. */
const required: readonly BaseImageName[] = ["node", "redis"];
/** There are no Debian packages of the others. */
const canBeMade: readonly BaseImageName[] = ["node", "redis", "prometheus", "haproxy"];
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
  if (toMake.length > 0) {
    const { made, failure } = await makeImages(ctx, draft, toMake);
    for (const name of toMake) images[name] = made[name] ?? withFailure(images[name], failure);
  }
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
  if (usesReplacement) {
    return { kind: "unavailable", reason: `An image of our own was in use in place of ${ref}.` };
  }
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

/** Both reasons belong into the sentence: why it was not pulled, and why it was not made. */
function withFailure(facts: ImageFacts | undefined, failure: string | undefined): ImageFacts {
  const reason = facts?.kind === "unavailable" ? `${facts.reason}. ` : "";
  return { kind: "unavailable", reason: `${reason}${failure ?? "Nothing was made in its place."}` };
}

function refuseWithout(name: BaseImageName, facts: ImageFacts | undefined): void {
  if (facts?.kind !== "unavailable") return;
  throw new UserError(
    `There is no image for ${name}. ${facts.reason}\nName one that can be had with astratrade:images.${name} in the ` +
      "stack file, load the image into the engine by hand (`docker load`), or let the engine reach a registry.",
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
      : { kind: "unavailable", reason: notAskedFor(ref) };
    return [name, images[name] ?? ctx.earlier?.images[name] ?? later];
  });
  return Object.fromEntries(entries) as Images;
}

/** What the facts say of an image that no stack has wanted so far. */
export function notAskedFor(ref: string): string {
  return `Set-up was not asked for the image ${ref}.`;
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
