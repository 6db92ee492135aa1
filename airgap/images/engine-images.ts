import { createReadStream, existsSync } from "node:fs";
import { homedir } from "node:os";
import type { Readable } from "node:stream";
import type Docker from "dockerode";
import { connect } from "../docker/connection.ts";
import { resolveEndpoint } from "../docker/endpoint.ts";
import { imageRef, type ImageName } from "./recipe.ts";

export interface EngineAddress {
  /** As in DOCKER_HOST. */
  readonly host: string;
  /** Folder with ca.pem, cert.pem and key.pem. */
  readonly certPath: string | undefined;
}

/** An image that is on the engine. */
export interface MadeImage {
  readonly ref: string;
  readonly version: string;
  readonly imageId: string;
}

/** What an image says about its origin. */
export interface ImageOrigin {
  readonly name: ImageName;
  readonly version: string;
  readonly recipe: string;
  readonly packages: readonly string[];
}

export const labels = {
  /** "fallback": in place of an official image that could not be had. */
  kind: "astratrade.image.kind",
  name: "astratrade.image.name",
  version: "astratrade.image.version",
  recipe: "astratrade.image.recipe",
  packages: "astratrade.image.packages",
} as const;

/** Connects to an engine as the Docker provider does: by socket, TCP with or without certificates, or ssh. */
export async function connectEngine({ host, certPath }: EngineAddress): Promise<Docker> {
  const config = { host, ...(certPath !== undefined && { certPath }) };
  return await connect(
    resolveEndpoint(config, {
      env: {},
      home: homedir(),
      platform: process.platform,
      exists: existsSync,
    }),
  );
}

/** Finds the image that was made with a recipe, whatever versions its packages had then. */
export async function findImage(
  docker: Docker,
  name: ImageName,
  recipe: string,
): Promise<MadeImage | undefined> {
  const found = await docker.listImages({
    filters: { label: [`${labels.name}=${name}`, `${labels.recipe}=${recipe}`] },
  });
  for (const image of found) {
    const version = image.Labels[labels.version];
    if (version === undefined) continue;
    const ref = imageRef(name, version, recipe);
    // Images built from this one inherit its labels; only the name tells them apart.
    if (image.RepoTags?.includes(ref)) return { ref, version, imageId: image.Id };
  }
  return undefined;
}

/** Hands a root file system to the engine as an image of one layer. */
export async function importImage(
  docker: Docker,
  tarFile: string,
  origin: ImageOrigin,
  changes: readonly string[],
): Promise<MadeImage> {
  const ref = imageRef(origin.name, origin.version, origin.recipe);
  const stream = (await docker.importImage(createReadStream(tarFile), {
    repo: ref.slice(0, ref.lastIndexOf(":")),
    tag: ref.slice(ref.lastIndexOf(":") + 1),
    changes: [...changes, ...labelLines(origin)],
  })) as unknown as Readable;
  await readProgress(stream);
  const { Id: imageId } = await docker.getImage(ref).inspect();
  return { ref, version: origin.version, imageId };
}

function labelLines({ name, version, recipe, packages }: ImageOrigin): string[] {
  const values: [string, string][] = [
    [labels.kind, "fallback"],
    [labels.name, name],
    [labels.version, version],
    [labels.recipe, recipe],
    [labels.packages, packages.join(" ")],
  ];
  return values.map(([key, value]) => `LABEL ${key}=${JSON.stringify(value)}`);
}

/** The engine answers with one JSON object a line, the last of which may be an error. */
async function readProgress(stream: Readable): Promise<void> {
  let text = "";
  for await (const chunk of stream) text += String(chunk);
  for (const line of text.split("\n").filter((part) => part.trim() !== "")) {
    const { error } = JSON.parse(line) as { error?: string };
    if (error !== undefined) throw new Error(error);
  }
}
