import type Docker from "dockerode";
import { ResourceError } from "../plugin/errors.ts";
import type { Call, Resource } from "../plugin/resource.ts";
import type { Properties } from "../plugin/values.ts";
import { reasonOfAbort, withDeadline } from "./build-deadline.ts";
import { readEngineOutput } from "./build-output.ts";
import { describeFailure, isNotFound, messageOf } from "./engine-error.ts";
import type { Engine } from "./engine.ts";
import { REMOTE_IMAGE, type LiveImage } from "./remote-image-table.ts";
import { checkInputs } from "./schema/check.ts";
import { diffOutputs } from "./schema/diff.ts";
import { planOutputs } from "./schema/plan.ts";
import { asText } from "./schema/read-values.ts";
import { createdOutputs, refreshedInputs, refreshedOutputs } from "./schema/refresh.ts";

/**
 * `docker:index/remoteImage:RemoteImage`: an image by its name. One that is on the engine already is
 * taken as it is, without a word to any registry; another is pulled. Unless `keepLocally`, deleting
 * the resource removes the image from the engine.
 */
export function remoteImageResource(engine: Engine): Resource {
  const take = async (
    inputs: Properties,
    planned: Properties,
    timeoutMs: number | undefined,
    call: Call,
  ) => {
    const image = await findOrPull(engine, inputs, timeoutMs, call);
    // The official provider's id is the image's id and the name, with nothing between them.
    const id = image.inspected.Id + image.name;
    return { id, properties: { ...createdOutputs(REMOTE_IMAGE, image, planned), id } };
  };

  return {
    check({ news, olds }) {
      const { inputs, failures } = checkInputs(REMOTE_IMAGE, news, olds);
      const isBuild = news["build"] !== undefined && news["build"] !== null;
      const refusal = {
        property: "build",
        reason:
          "build: the fallback docker provider pulls a RemoteImage or finds it on the engine, but " +
          "does not build it; use docker.Image to build one",
      };
      return Promise.resolve({ inputs, failures: isBuild ? [refusal] : failures });
    },

    diff: ({ olds, news, ignoreChanges }) =>
      Promise.resolve(
        diffOutputs(REMOTE_IMAGE, { olds, news, ignoreChanges, deleteBeforeReplace: false }),
      ),

    create({ inputs, preview, timeoutMs }, call) {
      const planned = planOutputs(REMOTE_IMAGE, inputs);
      if (preview) return Promise.resolve({ id: "", properties: planned });
      return take(inputs, planned, timeoutMs, call);
    },

    async read({ id, properties, inputs }, call) {
      const name = asText(properties["name"]) || id.replace(/^sha256:[0-9a-f]{64}/, "");
      const image = await find(engine.docker, name, call);
      if (image === undefined) return undefined;
      const outputs = refreshedOutputs(REMOTE_IMAGE, image, { ...properties, name });
      const found = { ...outputs, id: image.inspected.Id + name };
      return {
        id: found.id,
        properties: found,
        inputs: refreshedInputs(REMOTE_IMAGE, inputs, found),
      };
    },

    async update({ olds, news, preview, timeoutMs }, call) {
      const planned = planOutputs(REMOTE_IMAGE, news, olds);
      return preview ? planned : (await take(news, planned, timeoutMs, call)).properties;
    },

    async delete({ properties }) {
      if (properties["keepLocally"] === true) return;
      const name = asText(properties["imageId"]) || asText(properties["name"]);
      try {
        await engine.docker.getImage(name).remove({ force: properties["forceRemove"] === true });
      } catch (error) {
        if (isNotFound(error)) return;
        throw describeFailure(`Unable to remove image ${asText(properties["name"])}`, error);
      }
    },
  };
}

async function findOrPull(
  engine: Engine,
  inputs: Properties,
  timeoutMs: number | undefined,
  call: Call,
): Promise<LiveImage> {
  const name = asText(inputs["name"]);
  const found = await find(engine.docker, name, call);
  if (found !== undefined) return found;
  await pull(engine, name, asText(inputs["platform"]), timeoutMs, call);
  const pulled = await find(engine.docker, name, call);
  if (pulled !== undefined) return pulled;
  throw new ResourceError(`image ${name} was pulled, but the engine has no image of that name`);
}

async function find(docker: Docker, name: string, call: Call): Promise<LiveImage | undefined> {
  try {
    return { name, inspected: await docker.getImage(name).inspect() };
  } catch (error) {
    if (isNotFound(error)) return undefined;
    throw describeFailure(`Unable to look up image ${name} for ${call.name}`, error);
  }
}

async function pull(
  engine: Engine,
  name: string,
  platform: string,
  timeoutMs: number | undefined,
  call: Call,
): Promise<void> {
  call.log.status(`Pulling ${name}`);
  const abortSignal = withDeadline(call.signal, timeoutMs);
  const refuse = (cause: string) =>
    new ResourceError(
      `image ${name} is not on the engine, and it could not be pulled: ${cause}. Put it there with ` +
        "docker load, or name an image or a registry that the engine can reach",
    );
  const credentials = engine.credentialsFor(name);
  const output = await engine.docker
    .pull(name, {
      abortSignal,
      ...(platform !== "" && { platform }),
      ...(credentials !== undefined && { authconfig: credentials }),
    })
    .then((answer: NodeJS.ReadableStream) =>
      readEngineOutput(answer as AsyncIterable<Buffer>, (line) => call.log.status(line)),
    )
    .catch((error: unknown) => {
      throw refuse(reasonOfAbort(abortSignal, "the pull") ?? messageOf(error));
    });
  if (output.error !== undefined) throw refuse(output.error);
}
