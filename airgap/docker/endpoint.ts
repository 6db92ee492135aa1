import { ResourceError } from "../plugin/errors.ts";
import { isList } from "../plugin/values.ts";
import type { Properties, Value } from "../plugin/values.ts";

/** Where a Docker engine listens, and how to speak to it. */
export type Endpoint =
  | { readonly kind: "socket"; readonly path: string }
  | {
      readonly kind: "tcp";
      readonly host: string;
      readonly port: number;
      readonly tls: Tls | undefined;
    }
  | {
      readonly kind: "ssh";
      readonly destination: string;
      readonly port: string;
      readonly options: readonly string[];
    };

/** Certificates in PEM form, or the folder with `ca.pem`, `cert.pem` and `key.pem`. */
export type Tls =
  | { readonly ca: string; readonly cert: string; readonly key: string }
  | { readonly folder: string };

/** What the choice of the endpoint depends on besides the provider's configuration. */
export interface Surroundings {
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly home: string;
  readonly platform: NodeJS.Platform;
  readonly exists: (path: string) => boolean;
}

/**
 * Finds the engine: `docker:host` of the configuration, or else DOCKER_HOST, or else the default
 * socket (that of Docker Desktop where there is no system-wide one).
 *
 * @throws ResourceError for an address of an unknown form, naming the forms there are
 */
export function resolveEndpoint(config: Properties, surroundings: Surroundings): Endpoint {
  const configured = text(config["host"]);
  const address = configured ?? nonEmpty(surroundings.env["DOCKER_HOST"]);
  if (address === undefined) return { kind: "socket", path: defaultSocket(surroundings) };
  const [, scheme, rest] = /^([a-z]+):\/\/(.*)$/.exec(address) ?? [];
  switch (scheme) {
    case "unix":
    case "npipe":
      return {
        kind: "socket",
        path: rest === "" || rest === undefined ? defaultSocket(surroundings) : rest,
      };
    case "tcp":
    case "http":
    case "https":
      return tcpEndpoint(address, scheme, config, configured === undefined ? surroundings.env : {});
    case "ssh":
      return sshEndpoint(address, config);
    default:
      throw new ResourceError(
        `docker:host is "${address}"; it must begin with unix://, npipe://, tcp:// or ssh://`,
      );
  }
}

/** How a person would write the endpoint. */
export function describeEndpoint(endpoint: Endpoint): string {
  switch (endpoint.kind) {
    case "socket":
      return `unix://${endpoint.path}`;
    case "tcp":
      return `tcp://${endpoint.host}:${endpoint.port}`;
    case "ssh":
      return `ssh://${endpoint.destination}${endpoint.port === "" ? "" : `:${endpoint.port}`}`;
  }
}

/** Reads a structured configuration value, which the engine sends as a JSON string. */
export function configList(value: Value | undefined): readonly Value[] {
  if (typeof value !== "string") return isList(value) ? value : [];
  const parsed = JSON.parse(value) as Value;
  return isList(parsed) ? parsed : [];
}

const PLAIN_PORT = 2375;
const TLS_PORT = 2376;

function defaultSocket({ home, platform, exists }: Surroundings): string {
  if (platform === "win32") return "//./pipe/docker_engine";
  const systemWide = "/var/run/docker.sock";
  const ofUser = `${home}/.docker/run/docker.sock`;
  return !exists(systemWide) && exists(ofUser) ? ofUser : systemWide;
}

function tcpEndpoint(
  address: string,
  scheme: string,
  config: Properties,
  env: Surroundings["env"],
): Endpoint {
  const url = new URL(address.replace(/^[a-z]+:/, "http:"));
  const tls = tlsOf(config) ?? tlsOfEnv(env);
  if (scheme === "https" && tls === undefined) {
    throw new ResourceError(
      `docker:host is "${address}", but there are no certificates: set docker:certPath, or ` +
        "docker:caMaterial, docker:certMaterial and docker:keyMaterial",
    );
  }
  const port = url.port === "" ? (tls ? TLS_PORT : PLAIN_PORT) : Number(url.port);
  return { kind: "tcp", host: url.hostname, port, tls };
}

function tlsOf(config: Properties): Tls | undefined {
  const folder = text(config["certPath"]);
  if (folder !== undefined) return { folder };
  const [ca, cert, key] = ["caMaterial", "certMaterial", "keyMaterial"].map((name) =>
    text(config[name]),
  );
  if (ca === undefined && cert === undefined && key === undefined) return undefined;
  if (ca === undefined || cert === undefined || key === undefined) {
    throw new ResourceError(
      "docker:caMaterial, docker:certMaterial and docker:keyMaterial belong together: without all " +
        "three the engine's identity would not be checked",
    );
  }
  return { ca, cert, key };
}

/** As the docker command does it: DOCKER_CERT_PATH counts only with DOCKER_TLS_VERIFY. */
function tlsOfEnv(env: Surroundings["env"]): Tls | undefined {
  const folder = nonEmpty(env["DOCKER_CERT_PATH"]);
  return nonEmpty(env["DOCKER_TLS_VERIFY"]) && folder !== undefined ? { folder } : undefined;
}

function sshEndpoint(address: string, config: Properties): Endpoint {
  const url = new URL(address);
  return {
    kind: "ssh",
    destination:
      url.username === "" ? url.hostname : `${decodeURIComponent(url.username)}@${url.hostname}`,
    port: url.port,
    options: configList(config["sshOpts"]).map(String),
  };
}

function text(value: Value | undefined): string | undefined {
  return typeof value === "string" ? nonEmpty(value) : undefined;
}

function nonEmpty(value: string | undefined): string | undefined {
  return value === "" ? undefined : value;
}
