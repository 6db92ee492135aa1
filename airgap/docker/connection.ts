import { readFileSync } from "node:fs";
import { join } from "node:path";
import type Docker from "dockerode";
import type { Endpoint } from "./endpoint.ts";
import { sshAgent } from "./ssh-agent.ts";

/**
 * Makes a client for an endpoint. Nothing is sent yet.
 *
 * Loading the client takes longer than all the rest of a plugin's start, so it waits for the first
 * use.
 */
export async function connect(endpoint: Endpoint): Promise<Docker> {
  const { default: Dockerode } = await import("dockerode");
  // Fields left out would be filled in from DOCKER_HOST, which has been looked at already.
  const nothing = { host: undefined, port: undefined, protocol: undefined, socketPath: undefined };
  const none = { ca: undefined, cert: undefined, key: undefined };
  const open = (options: object) => new Dockerode({ ...nothing, ...none, ...options });
  switch (endpoint.kind) {
    case "socket":
      return open({ socketPath: endpoint.path, protocol: "http" });
    case "ssh":
      return open({ host: "docker", protocol: "http", agent: sshAgent(endpoint) });
    case "tcp": {
      const { host, port, tls } = endpoint;
      if (tls === undefined) return open({ host, port, protocol: "http" });
      const pem = "folder" in tls ? readCertificates(tls.folder) : tls;
      return open({ host, port, protocol: "https", ...pem });
    }
  }
}

function readCertificates(folder: string) {
  const read = (name: string) => readFileSync(join(folder, name), "utf8");
  return { ca: read("ca.pem"), cert: read("cert.pem"), key: read("key.pem") };
}
