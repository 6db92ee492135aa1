import type Docker from "dockerode";
import { ResourceError } from "../plugin/errors.ts";
import type { Call } from "../plugin/resource.ts";
import { packContext } from "./build-archive.ts";
import { reasonOfAbort, withDeadline } from "./build-deadline.ts";
import { readEngineOutput } from "./build-output.ts";
import { messageOf } from "./engine-error.ts";
import type { ImageInputs } from "./image-inputs.ts";

/**
 * Builds an image from a context and a Dockerfile on the engine, and tags it.
 *
 * It is the engine's classic builder (`version=1`) that does it. It is there in engine 20.10 as well
 * as in the newest, needs nothing but the archive, and says in plain text what each step prints.
 * BuildKit over the API wants a session held open beside the build, reports in protobuf messages,
 * and with the containerd image store cannot read an uploaded archive at all. The price is that a
 * Dockerfile with `RUN --mount` or here-documents is refused, by the engine and in clear words.
 *
 * @returns the image's id
 * @param timeoutMs the user's `customTimeouts`
 * @throws ResourceError with the failing step's last lines if the build fails. An abort of
 *   `call.signal` closes the connection, on which the engine stops the build at once.
 */
export async function buildImage(
  docker: Docker,
  image: ImageInputs,
  timeoutMs: number | undefined,
  call: Call,
): Promise<string> {
  const { imageName, build } = image;
  call.log.status(`Building ${imageName}`);
  const { stream, dockerfile } = packContext(build.context, build.dockerfile);
  const broken = new AbortController();
  // The engine answers an archive that breaks off in its own way; the reason is what broke it.
  let archiveError: Error | undefined;
  stream.on("error", (error) => {
    archiveError = error;
    broken.abort(error);
  });
  const abortSignal = withDeadline(AbortSignal.any([call.signal, broken.signal]), timeoutMs);

  const describe = (error: unknown) => {
    const reason =
      archiveError?.message ?? reasonOfAbort(abortSignal, "the build") ?? messageOf(error);
    return new ResourceError(`error building image ${imageName}: ${reason}`, { cause: error });
  };
  const output = await docker
    .buildImage(stream, {
      version: "1",
      t: imageName,
      dockerfile,
      buildargs: { ...build.args },
      target: build.target,
      platform: build.platform,
      ...(build.cacheFrom.length > 0 && { cachefrom: JSON.stringify(build.cacheFrom) }),
      // A list becomes one parameter for each host, which is what the engine reads.
      ...(build.addHosts.length > 0 && { extrahosts: build.addHosts as unknown as string }),
      ...(build.network !== "" && { networkmode: build.network }),
      // The containers of the steps go away after a failure too.
      rm: true,
      forcerm: true,
      abortSignal,
    })
    .then((answer) =>
      readEngineOutput(answer as AsyncIterable<Buffer>, (line) => call.log.status(line)),
    )
    .catch((error: unknown) => {
      throw describe(error);
    });

  if (output.error !== undefined) {
    const hint = output.error.includes("BuildKit")
      ? [
          "The fallback docker provider builds with the classic builder; BuildKit needs the official one.",
        ]
      : [];
    throw new ResourceError(
      [`error building image ${imageName}: ${output.error}`, ...output.failedStep, ...hint].join(
        "\n  ",
      ),
    );
  }
  if (output.imageId === undefined) throw describe(new Error("the engine named no image"));
  return output.imageId;
}
