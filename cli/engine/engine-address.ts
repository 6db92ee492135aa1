import { createHash } from "node:crypto";
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";

/** A place where an engine may answer. */
export interface EngineAddress {
  /** As in DOCKER_HOST: `unix://…`, `tcp://…` or `ssh://…`. */
  readonly host: string;
  /** Folder with ca.pem, cert.pem and key.pem. */
  readonly certPath?: string;
  /** Where the address comes from, in words for a message. */
  readonly source: string;
}

export interface AddressSources {
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly userHome: string;
}

export const defaultEngineHost = "unix:///var/run/docker.sock";

/**
 * Lists where to look for an engine, in the order of Docker's own client: DOCKER_HOST, then the context that is in use,
 * then the sockets of the usual installations. Someone who names an engine means that one, so the first two leave no
 * alternatives.
 */
export function engineAddresses(sources: AddressSources): readonly EngineAddress[] {
  const { env, userHome } = sources;
  const host = env.DOCKER_HOST;
  if (host !== undefined && host !== "") {
    const certPath = env.DOCKER_TLS_VERIFY === "1" ? env.DOCKER_CERT_PATH : undefined;
    return [{ host: withScheme(host), ...(certPath && { certPath }), source: "DOCKER_HOST" }];
  }
  const context = contextAddress(sources);
  if (context !== undefined) return [context];
  const runtimeFolder = env.XDG_RUNTIME_DIR;
  return [
    { host: defaultEngineHost, source: "the default socket" },
    ...(runtimeFolder
      ? [{ host: `unix://${join(runtimeFolder, "docker.sock")}`, source: "rootless Docker" }]
      : []),
    { host: `unix://${join(userHome, ".docker/run/docker.sock")}`, source: "Docker Desktop" },
    {
      host: `unix://${join(userHome, ".docker/desktop/docker.sock")}`,
      source: "Docker Desktop for Linux",
    },
    { host: `unix://${join(userHome, ".colima/default/docker.sock")}`, source: "Colima" },
    { host: `unix://${join(userHome, ".orbstack/run/docker.sock")}`, source: "OrbStack" },
    { host: `unix://${join(userHome, ".rd/docker.sock")}`, source: "Rancher Desktop" },
  ];
}

/** The context of DOCKER_CONTEXT or of Docker's configuration; undefined for the one called "default". */
function contextAddress({ env, userHome }: AddressSources): EngineAddress | undefined {
  const folder = env.DOCKER_CONFIG || join(userHome, ".docker");
  const name = env.DOCKER_CONTEXT || readJson(join(folder, "config.json"))?.currentContext;
  if (typeof name !== "string" || name === "" || name === "default") return undefined;
  const id = createHash("sha256").update(name).digest("hex");
  const meta = readJson(join(folder, "contexts", "meta", id, "meta.json")) as
    { Endpoints?: { docker?: { Host?: string } } } | undefined;
  const host = meta?.Endpoints?.docker?.Host;
  if (host === undefined) return undefined;
  const certPath = join(folder, "contexts", "tls", id, "docker");
  const source = `the Docker context "${name}"`;
  return existsSync(join(certPath, "cert.pem")) ? { host, certPath, source } : { host, source };
}

/** Docker takes `127.0.0.1:2375` for `tcp://127.0.0.1:2375`. */
function withScheme(host: string): string {
  return host.includes("://") ? host : `tcp://${host}`;
}

/** A configuration that is absent or broken stops Docker's client no more than us. */
function readJson(path: string): Record<string, unknown> | undefined {
  try {
    return JSON.parse(readFileSync(path, "utf8")) as Record<string, unknown>;
  } catch {
    return undefined;
  }
}
