import { ResourceError } from "../plugin/errors.ts";
import { isList, isProperties, UNKNOWN } from "../plugin/values.ts";
import type { Properties, Value } from "../plugin/values.ts";

/** The inputs of an Image, checked and complete. */
export interface ImageInputs {
  readonly imageName: string;
  readonly skipPush: boolean;
  readonly registry: {
    readonly server: string;
    readonly username: string;
    readonly password: string;
  };
  readonly build: {
    readonly context: string;
    readonly dockerfile: string;
    readonly args: Readonly<Record<string, string>>;
    readonly target: string;
    /** Such as `linux/amd64`. */
    readonly platform: string;
    readonly cacheFrom: readonly string[];
    readonly addHosts: readonly string[];
    /** Network of the build's steps; empty for the engine's default. */
    readonly network: string;
  };
}

/** Reads checked inputs, which have all their defaults. */
export function readImageInputs(inputs: Properties): ImageInputs {
  const build = child(inputs, "build");
  const registry = child(inputs, "registry");
  return {
    imageName: text(inputs["imageName"]),
    skipPush: inputs["skipPush"] === true,
    registry: {
      server: text(registry["server"]),
      username: text(registry["username"]),
      password: text(registry["password"]),
    },
    build: {
      context: text(build["context"]),
      dockerfile: text(build["dockerfile"]),
      args: Object.fromEntries(
        Object.entries(child(build, "args")).map(([name, value]) => [name, text(value)]),
      ),
      target: text(build["target"]),
      platform: text(build["platform"]),
      cacheFrom: texts(child(build, "cacheFrom")["images"]),
      addHosts: texts(build["addHosts"]),
      network: text(build["network"]),
    },
  };
}

/** True if all that a build needs is known; the rest of a preview's inputs may be unknown. */
export function isBuildKnown(inputs: Properties): boolean {
  const { context, dockerfile, args } = child(inputs, "build");
  const needed = [
    inputs["imageName"],
    context,
    dockerfile,
    args,
    ...Object.values(isProperties(args) ? args : {}),
  ];
  return !needed.includes(UNKNOWN);
}

const BUILDERS: readonly (Value | undefined)[] = [
  undefined,
  "BuilderV1",
  "BuilderBuildKit",
  UNKNOWN,
];

/**
 * Refuses what cannot be built or pushed.
 *
 * @throws ResourceError that names the property, its value and what is allowed
 */
export function refuseWrongInputs(inputs: Properties): void {
  const { builderVersion } = child(inputs, "build");
  if (!BUILDERS.includes(builderVersion)) {
    throw new ResourceError(
      `build.builderVersion is ${JSON.stringify(builderVersion)}; allowed is "BuilderV1" or ` +
        `"BuilderBuildKit"`,
    );
  }
  const { imageName } = inputs;
  if (inputs["skipPush"] === true || typeof imageName !== "string" || imageName === UNKNOWN) return;
  const [first = "", rest] = imageName.split("/", 2);
  const namesRegistry = rest !== undefined && (/[.:]/.test(first) || first === "localhost");
  if (!namesRegistry && text(child(inputs, "registry")["server"]) === "") {
    throw new ResourceError(
      `imageName is "${imageName}", which names no registry to push to; write it as ` +
        `docker.io/<repository>/<image>:<tag>, or set skipPush: true to keep the image on the engine`,
    );
  }
}

/** The engine takes null and absent for the same; so does the state. */
export function withoutNulls(properties: Properties): Properties {
  return Object.fromEntries(
    Object.entries(properties)
      .filter(([, value]) => value !== null)
      .map(([name, value]) => [name, isProperties(value) ? withoutNulls(value) : value]),
  );
}

function child(properties: Properties, name: string): Properties {
  const value = properties[name];
  return isProperties(value) ? value : {};
}

function text(value: Value | undefined): string {
  return typeof value === "string" ? value : "";
}

function texts(value: Value | undefined): readonly string[] {
  return isList(value) ? value.map(text) : [];
}
