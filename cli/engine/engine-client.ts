import { readFileSync } from "node:fs";
import { join } from "node:path";
import Docker from "dockerode";
import { sshAgent } from "./ssh-agent.ts";
import { exitCodes, UserError } from "../setup/user-error.ts";

/** Where an engine is, as an address or the machine facts have it. */
export interface EngineEndpoint {
  readonly host: string;
  readonly certPath?: string | undefined;
}

/**
 * Makes a client for one engine. Nothing is asked yet, and no DOCKER_… variable has a say.
 *
 * @throws UserError for an address of a kind that we cannot reach, and for certificates that cannot be read
 */
export function connectEngine(address: EngineEndpoint): Docker {
  return new Docker(clientOptions(address));
}

/** dockerode reads the DOCKER_… variables itself; every option that they could set is given here, if only as undefined. */
function clientOptions({ host, certPath }: EngineEndpoint): Docker.DockerOptions {
  const neutral = { host: undefined, port: undefined, socketPath: undefined } as object;
  const noCertificates = { ca: undefined, cert: undefined, key: undefined } as object;
  if (host.startsWith("unix://")) {
    const socketPath = host.slice("unix://".length);
    return { ...neutral, ...noCertificates, socketPath, protocol: "http" };
  }
  const url = URL.parse(host);
  switch (url?.protocol) {
    case "ssh:":
      // Not the ssh of dockerode, which takes every host key for the right one and knows no key files.
      return {
        ...neutral,
        ...noCertificates,
        protocol: "http",
        host: "docker",
        agent: sshAgent(host),
      } as Docker.DockerOptions;
    case "tcp:":
    case "http:":
    case "https:": {
      const secure = certPath !== undefined || url.protocol === "https:";
      return {
        ...neutral,
        ...(certPath === undefined ? noCertificates : readCertificates(certPath)),
        protocol: secure ? "https" : "http",
        host: url.hostname,
        port: url.port || (secure ? 2376 : 2375),
      };
    }
    default:
      throw new UserError(
        `The engine address "${host}" is of no kind we can reach; use unix://, tcp:// or ssh://.`,
        exitCodes.notReachable,
      );
  }
}

function readCertificates(folder: string): { ca: Buffer; cert: Buffer; key: Buffer } {
  const read = (name: string): Buffer => readFileSync(join(folder, name));
  try {
    return { ca: read("ca.pem"), cert: read("cert.pem"), key: read("key.pem") };
  } catch (error) {
    throw new UserError(
      `The engine's certificates in ${folder} cannot be read: ${(error as Error).message}`,
      exitCodes.notReachable,
      { cause: error },
    );
  }
}
