import { Agent } from "node:http";
import type { Endpoint } from "./endpoint.ts";
import { SshConnection } from "./ssh-connection.ts";

/**
 * An HTTP agent whose connections are `ssh … docker system dial-stdio` processes, as the docker
 * command has them: the user's own ssh with its configuration, keys and known hosts.
 */
export function sshAgent(endpoint: Extract<Endpoint, { kind: "ssh" }>): Agent {
  // Each connection is a session of the SSH server, which allows ten by default.
  const agent = new Agent({ keepAlive: true, maxSockets: 4 });
  agent.createConnection = () => new SshConnection("ssh", sshArguments(endpoint));
  return agent;
}

/** The arguments of the ssh command for one connection. */
export function sshArguments(endpoint: Extract<Endpoint, { kind: "ssh" }>): string[] {
  return [
    ...endpoint.options,
    ...(endpoint.port === "" ? [] : ["-p", endpoint.port]),
    // A password prompt would hang: nobody sees it.
    "-o",
    "BatchMode=yes",
    "-o",
    "ConnectTimeout=30",
    "-T",
    "--",
    endpoint.destination,
    "docker",
    "system",
    "dial-stdio",
  ];
}
