import { existsSync } from "node:fs";
import { homedir } from "node:os";
import type Docker from "dockerode";
import { ResourceError } from "../plugin/errors.ts";
import type { Properties } from "../plugin/values.ts";
import { connect } from "./connection.ts";
import { describeEndpoint, resolveEndpoint } from "./endpoint.ts";
import type { Endpoint } from "./endpoint.ts";
import { messageOf } from "./engine-error.ts";
import { findCredentials } from "./registry-auth.ts";

/** What the engine said of itself. */
export interface EngineFacts {
  /** The newest API version it speaks, such as `1.41`. */
  readonly apiVersion: string;
  /** Operating system and architecture in Go's words: `linux`, `amd64`. */
  readonly os: string;
  readonly arch: string;
}

/**
 * The Docker engine that a provider works on. One object is shared by all resources; it knows
 * nothing until the provider has been configured.
 */
export class Engine {
  #connection: { readonly docker: Docker; readonly endpoint: Endpoint } | undefined;
  #facts: EngineFacts | undefined;
  #config: Properties = {};

  /**
   * Takes the provider's configuration (`host`, `certPath`, `caMaterial`, `certMaterial`,
   * `keyMaterial`, `sshOpts`, `registryAuth`, `disableDockerDaemonCheck`) and asks the engine for
   * its facts, so that a run without an engine fails at once and not in the middle.
   *
   * Where the check is switched off, or costs an SSH connection, the facts are asked for later.
   *
   * @throws ResourceError if no engine answers within {@link ANSWER_DEADLINE_MS}
   */
  async configure(config: Properties, signal: AbortSignal): Promise<void> {
    const surroundings = {
      env: process.env,
      home: homedir(),
      platform: process.platform,
      exists: existsSync,
    };
    const endpoint = resolveEndpoint(config, surroundings);
    this.#config = config;
    this.#connection = { docker: await connect(endpoint), endpoint };
    const isChecked =
      config["disableDockerDaemonCheck"] !== true && config["disableDockerDaemonCheck"] !== "true";
    if (isChecked && endpoint.kind !== "ssh") await this.facts(signal);
  }

  /** The engine's API. Every request should carry the call's `abortSignal`. */
  get docker(): Docker {
    if (this.#connection === undefined) throw new Error("the provider has not been configured");
    return this.#connection.docker;
  }

  /** The address, for error messages. */
  get address(): string {
    return this.#connection === undefined ? "(none)" : describeEndpoint(this.#connection.endpoint);
  }

  /**
   * Makes one request of the engine's API, in its newest version.
   *
   * @param path such as `/containers/create`, its parts escaped
   * @returns the parsed answer; for `stream: true` the answer's body as it comes
   * @throws what messageOf, isNotFound and isConflict understand
   */
  async request<Answer = undefined>(
    method: "GET" | "POST" | "PUT" | "DELETE",
    path: string,
    { query = {}, body = {}, file, stream = false, authconfig, signal }: EngineRequest,
  ): Promise<Answer> {
    const { modem } = this.docker;
    return new Promise((resolve, reject) => {
      modem.dial(
        {
          method,
          path: `${path}?`,
          options: { _query: query, _body: body },
          statusCodes: SUCCESS,
          isStream: stream,
          abortSignal: signal,
          ...(file !== undefined && { file }),
          ...(authconfig !== undefined && { authconfig }),
        },
        (error, answer) => {
          if (error === null) resolve(answer as Answer);
          else reject(error);
        },
      );
    });
  }

  /** Asks the engine what it is; once. */
  async facts(signal: AbortSignal): Promise<EngineFacts> {
    if (this.#facts !== undefined) return this.#facts;
    const abortSignal = AbortSignal.any([signal, AbortSignal.timeout(ANSWER_DEADLINE_MS)]);
    try {
      const version = await this.request<{ ApiVersion: string; Os: string; Arch: string }>(
        "GET",
        "/version",
        { signal: abortSignal },
      );
      this.#facts = { apiVersion: version.ApiVersion, os: version.Os, arch: version.Arch };
      return this.#facts;
    } catch (error) {
      throw new ResourceError(
        `no Docker engine answers at ${this.address}: ${messageOf(error)}. Start the engine, or ` +
          "name another one in docker:host or DOCKER_HOST",
      );
    }
  }

  /** True if the engine speaks at least this version of the API, such as `1.44`. */
  async speaks(apiVersion: string, signal: AbortSignal): Promise<boolean> {
    return compareVersions((await this.facts(signal)).apiVersion, apiVersion) >= 0;
  }

  /** Credentials for the registry of an image reference, in the engine's form, if there are any. */
  credentialsFor(image: string): Docker.AuthConfig | undefined {
    return findCredentials(image, this.#config["registryAuth"], {
      env: process.env,
      home: homedir(),
    });
  }
}

export interface EngineRequest {
  readonly query?: Readonly<Record<string, unknown>>;
  readonly body?: object;
  /** A tar archive, sent instead of a body. */
  readonly file?: Buffer;
  /** Credentials for a registry, sent in a header. */
  readonly authconfig?: Docker.AuthConfig | undefined;
  readonly stream?: boolean;
  readonly signal: AbortSignal;
}

/** Every other status is an error, with the engine's own words. */
const SUCCESS = { 200: true, 201: true, 202: true, 204: true, 304: true };

/** Compares dotted versions by their numbers: 1.9 is older than 1.41. */
export function compareVersions(a: string, b: string): number {
  const [left, right] = [a, b].map((version) => version.split(".").map(Number));
  for (let i = 0; i < Math.max(left?.length ?? 0, right?.length ?? 0); i++) {
    const difference = (left?.[i] ?? 0) - (right?.[i] ?? 0);
    if (difference !== 0) return difference;
  }
  return 0;
}

const ANSWER_DEADLINE_MS = 15_000;
