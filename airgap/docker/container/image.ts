import { ResourceError } from "../../plugin/errors.ts";
import type { Call } from "../../plugin/resource.ts";
import { readEngineOutput } from "../build-output.ts";
import { describeFailure, isNotFound, messageOf } from "../engine-error.ts";
import type { Engine } from "../engine.ts";
import type { ContainerSpec } from "./spec.ts";

/**
 * Sees to it that the engine has the image of a container: it is pulled if it is not there.
 *
 * @throws ResourceError naming the image and what the registry said
 */
export async function ensureImage(engine: Engine, spec: ContainerSpec, call: Call): Promise<void> {
  const image = spec.body.Image;
  if (await hasImage(engine, image, call.signal)) return;
  call.log.status(`pulling ${image}`);
  const refuse = (reason: string) =>
    new ResourceError(
      `Unable to create container with image ${image}: unable to pull image ${image}: ${reason}. ` +
        "Build or load the image first, or name one that the engine can reach",
    );
  // An id names no registry: there is nothing to pull.
  if (image.startsWith("sha256:")) throw refuse("the engine has no image of this id");
  const signal = AbortSignal.any([call.signal, AbortSignal.timeout(PULL_DEADLINE_MS)]);
  const query = { ...pullQuery(image), ...(spec.platform !== "" && { platform: spec.platform }) };
  const authconfig = engine.credentialsFor(image);
  let failure: string | undefined;
  try {
    const stream = await engine.request<AsyncIterable<Uint8Array>>("POST", "/images/create", {
      query,
      authconfig,
      stream: true,
      signal,
    });
    failure = (await readEngineOutput(stream, (line) => call.log.status(line))).error;
  } catch (error) {
    throw refuse(messageOf(error));
  }
  if (failure !== undefined) throw refuse(failure);
}

const PULL_DEADLINE_MS = 30 * 60_000;

async function hasImage(engine: Engine, image: string, signal: AbortSignal): Promise<boolean> {
  try {
    await engine.request("GET", `/images/${image}/json`, { signal });
    return true;
  } catch (error) {
    if (isNotFound(error)) return false;
    throw describeFailure(`Unable to look for image ${image}`, error);
  }
}

/** Without a tag the engine would pull all of them. */
function pullQuery(image: string): { readonly fromImage: string; readonly tag?: string } {
  if (image.includes("@")) return { fromImage: image };
  const colon = image.lastIndexOf(":");
  const hasTag = colon > image.lastIndexOf("/");
  return hasTag
    ? { fromImage: image.slice(0, colon), tag: image.slice(colon + 1) }
    : { fromImage: image, tag: "latest" };
}
