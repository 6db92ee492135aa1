import type Docker from "dockerode";
import { ResourceError } from "../plugin/errors.ts";
import type { Call } from "../plugin/resource.ts";
import { withDeadline } from "./build-deadline.ts";
import { readEngineOutput } from "./build-output.ts";
import { describeFailure } from "./engine-error.ts";
import type { Engine } from "./engine.ts";
import type { ImageInputs } from "./image-inputs.ts";

/**
 * Pushes a built image to the registry that its name (or `registry.server`) says, with the
 * credentials of `registry`, or else those of the provider or of `docker login`.
 *
 * @returns the image's name by digest in that registry, `undefined` if the engine knows none
 * @throws ResourceError with the registry's answer if it is refused
 */
export async function pushImage(
  engine: Engine,
  image: ImageInputs,
  timeoutMs: number | undefined,
  call: Call,
): Promise<string | undefined> {
  const { imageName, registry } = image;
  call.log.status(`Pushing ${imageName}`);
  const local = engine.docker.getImage(imageName);
  const output = await local
    .push({
      authconfig: credentials(engine, image),
      abortSignal: withDeadline(call.signal, timeoutMs),
    })
    .then((answer) =>
      readEngineOutput(answer as AsyncIterable<Buffer>, (line) => call.log.status(line)),
    )
    .catch((error: unknown) => {
      throw describeFailure(`error pushing image ${imageName}`, error);
    });
  if (output.error !== undefined) {
    const where = registry.server === "" ? "" : ` to ${registry.server}`;
    throw new ResourceError(`error pushing image ${imageName}${where}: ${output.error}`);
  }
  const { RepoDigests } = await local.inspect();
  return RepoDigests[0];
}

/** An empty object is how a push says that it has no credentials; the header must be there. */
function credentials(engine: Engine, { imageName, registry }: ImageInputs): Docker.AuthConfig {
  const { server, username, password } = registry;
  if (username !== "" && password !== "") {
    return { username, password, serveraddress: server };
  }
  return engine.credentialsFor(imageName) ?? {};
}
