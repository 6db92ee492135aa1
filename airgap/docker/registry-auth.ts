import { readFileSync } from "node:fs";
import { join } from "node:path";
import type Docker from "dockerode";
import { isProperties } from "../plugin/values.ts";
import type { Properties, Value } from "../plugin/values.ts";
import { configList } from "./endpoint.ts";

/**
 * Finds the credentials for the registry of an image: those of `docker:registryAuth`, or else those
 * that `docker login` left in its configuration file.
 *
 * @param configured the value of `docker:registryAuth`
 * @returns undefined if there are none, which means that the registry is asked anonymously
 */
export function findCredentials(
  image: string,
  configured: Value | undefined,
  surroundings: {
    readonly env: Readonly<Record<string, string | undefined>>;
    readonly home: string;
  },
): Docker.AuthConfig | undefined {
  const registry = registryOf(image);
  for (const entry of configList(configured)) {
    if (!isProperties(entry) || bare(textOr(entry["address"], "") ?? "") !== registry) continue;
    if (entry["authDisabled"] === true) return undefined;
    return fromEntry(entry, registry, surroundings);
  }
  return fromFile(defaultFile(surroundings), registry);
}

/** The registry's host name and port in an image reference, `docker.io` if there is none. */
export function registryOf(image: string): string {
  const [first, ...rest] = image.split("/");
  const isHost =
    first !== undefined && rest.length > 0 && (/[.:]/.test(first) || first === "localhost");
  return isHost ? bare(first) : HUB;
}

const HUB = "docker.io";

/** All names of Docker's own registry are one; schemes and paths do not count. */
function bare(address: string): string {
  const host = address.replace(/^https?:\/\//, "").replace(/\/.*$/, "");
  return ["index.docker.io", "registry-1.docker.io", "registry.hub.docker.com", ""].includes(host)
    ? HUB
    : host;
}

function fromEntry(
  entry: Properties,
  registry: string,
  surroundings: Parameters<typeof findCredentials>[2],
): Docker.AuthConfig | undefined {
  const { configFile, configFileContent } = entry;
  if (typeof configFile === "string" && configFile !== "") return fromFile(configFile, registry);
  if (typeof configFileContent === "string" && configFileContent !== "") {
    return fromContent(configFileContent, registry);
  }
  const username = textOr(entry["username"], surroundings.env["DOCKER_REGISTRY_USER"]);
  const password = textOr(entry["password"], surroundings.env["DOCKER_REGISTRY_PASS"]);
  if (username === undefined || password === undefined)
    return fromFile(defaultFile(surroundings), registry);
  return { username, password, serveraddress: registry };
}

function defaultFile({ env, home }: Parameters<typeof findCredentials>[2]): string {
  const folder = env["DOCKER_CONFIG"];
  if (folder === undefined || folder === "") return join(home, ".docker", "config.json");
  return folder.endsWith(".json") ? folder : join(folder, "config.json");
}

function fromFile(path: string, registry: string): Docker.AuthConfig | undefined {
  let content: string;
  try {
    content = readFileSync(path, "utf8");
  } catch {
    // Nobody has logged in on this machine.
    return undefined;
  }
  return fromContent(content, registry);
}

/** Credential helpers (`credsStore`) are not asked: their programs are not part of this contract. */
function fromContent(content: string, registry: string): Docker.AuthConfig | undefined {
  const { auths } = JSON.parse(content) as { auths?: Record<string, { auth?: string }> };
  for (const [address, { auth }] of Object.entries(auths ?? {})) {
    if (bare(address) !== registry || auth === undefined) continue;
    const [username = "", ...password] = Buffer.from(auth, "base64").toString("utf8").split(":");
    return { username, password: password.join(":"), serveraddress: registry };
  }
  return undefined;
}

function textOr(value: Value | undefined, otherwise: string | undefined): string | undefined {
  return typeof value === "string" && value !== "" ? value : otherwise;
}
