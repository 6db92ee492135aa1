import { existsSync } from "node:fs";
import { isAbsolute, join } from "node:path";
import { ResourceError } from "../plugin/errors.ts";
import type { Call } from "../plugin/resource.ts";
import { isProperties, UNKNOWN } from "../plugin/values.ts";
import type { Properties, Value } from "../plugin/values.ts";
import { contextDigest } from "./build-context.ts";
import type { Engine } from "./engine.ts";
import { refuseWrongInputs, withoutNulls } from "./image-inputs.ts";

/**
 * Completes the inputs of an Image with their defaults and with the digest of the build context.
 *
 * @throws ResourceError that names a property with a wrong value, or a path that is not there
 */
export async function checkImage(
  news: Properties,
  engine: Engine,
  call: Call,
): Promise<Properties> {
  const inputs = withoutNulls(news);
  refuseWrongInputs(inputs);
  const { build = {} } = inputs;
  return {
    ...inputs,
    buildOnPreview: inputs["buildOnPreview"] === true,
    build: isProperties(build) ? await completeBuild(build, engine, call) : build,
  };
}

/** Fills in what the program left out, and the digest of the context if its place is known. */
async function completeBuild(given: Properties, engine: Engine, call: Call): Promise<Properties> {
  const context = given["context"] ?? ".";
  const dockerfile = given["dockerfile"] ?? defaultDockerfile(context);
  const build: Properties = { ...given, context, dockerfile };
  const platform = given["platform"] ?? (await enginePlatform(engine, call));
  if (typeof context !== "string" || typeof dockerfile !== "string") return { ...build, platform };
  if (context === UNKNOWN || dockerfile === UNKNOWN) return { ...build, platform };
  refuseMissingFiles(context, dockerfile);
  return { ...build, platform, contextDigest: contextDigest(context, dockerfile) };
}

function defaultDockerfile(context: Value): Value {
  return typeof context === "string" && context !== UNKNOWN ? join(context, "Dockerfile") : UNKNOWN;
}

/** The official provider takes its own architecture; the engine's is the one that can run it. */
async function enginePlatform(engine: Engine, call: Call): Promise<string> {
  const { os, arch } = await engine.facts(call.signal);
  const platform = `${os}/${arch}`;
  call.log.info(
    `Building your image for ${platform}, the engine's own platform. Set build.platform to build ` +
      "for another one.",
  );
  return platform;
}

function refuseMissingFiles(context: string, dockerfile: string): void {
  if (existsSync(dockerfile)) return;
  if (!existsSync(context)) {
    throw new ResourceError(`build.context is "${context}", which does not exist`);
  }
  const inContext = join(context, dockerfile);
  const hint =
    !isAbsolute(dockerfile) && existsSync(inContext)
      ? `; it is taken relative to the program, not to the context: try "${inContext}"`
      : "";
  throw new ResourceError(`build.dockerfile is "${dockerfile}", which does not exist${hint}`);
}
