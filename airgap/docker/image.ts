import type { Call, Resource } from "../plugin/resource.ts";
import { secret } from "../plugin/values.ts";
import type { Properties } from "../plugin/values.ts";
import { relativeDockerfile } from "./build-archive.ts";
import { buildImage } from "./build-image.ts";
import type { Engine } from "./engine.ts";
import { checkImage } from "./image-check.ts";
import { diffImage } from "./image-diff.ts";
import { isBuildKnown, readImageInputs } from "./image-inputs.ts";
import { pushImage } from "./image-push.ts";

/**
 * `docker:index/image:Image`: an image built from a Dockerfile on the engine, and pushed unless
 * `skipPush`. Its id is its name; what identifies the content is the output `repoDigest`, which with
 * `skipPush` is the image's id. A digest over the context is kept among the inputs, so that a
 * changed file is a changed input. Like the official one, it removes no image when it is deleted.
 */
export function imageResource(engine: Engine): Resource {
  const build = async (
    inputs: Properties,
    timeoutMs: number | undefined,
    call: Call,
  ): Promise<Properties> => {
    const image = readImageInputs(inputs);
    const imageId = await buildImage(engine.docker, image, timeoutMs, call);
    const repoDigest = image.skipPush ? imageId : await pushImage(engine, image, timeoutMs, call);
    return {
      __inputs: secret(inputs),
      baseImageName: image.imageName,
      context: image.build.context,
      dockerfile: relativeDockerfile(image.build.context, image.build.dockerfile),
      imageName: image.imageName,
      platform: image.build.platform,
      registryServer: image.registry.server,
      ...(repoDigest !== undefined && { repoDigest }),
    };
  };

  /** A preview answers with the inputs alone; the SDK takes what is missing for unknown. */
  const isSkipped = (preview: boolean, inputs: Properties, call: Call): boolean => {
    if (!preview) return false;
    if (inputs["buildOnPreview"] !== true) return true;
    if (isBuildKnown(inputs)) return false;
    call.log.warning(
      "buildOnPreview: the image is not built in this preview, since its name, context, dockerfile " +
        "or args will only be known in the real run",
    );
    return true;
  };

  return {
    check: async ({ news }, call) => ({ inputs: await checkImage(news, engine, call) }),

    diff: (request, call) => diffImage(request, engine, call),

    async create({ inputs, preview, timeoutMs }, call) {
      if (isSkipped(preview, inputs, call)) return { id: "", properties: inputs };
      return {
        id: readImageInputs(inputs).imageName,
        properties: await build(inputs, timeoutMs, call),
      };
    },

    read: (request) => Promise.resolve(request),

    async update({ news, preview, timeoutMs }, call) {
      return isSkipped(preview, news, call) ? news : build(news, timeoutMs, call);
    },

    delete: () => Promise.resolve(),
  };
}
