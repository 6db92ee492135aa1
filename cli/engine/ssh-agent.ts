import { Agent } from "node:http";
import { explainSsh, sshArguments } from "./ssh-command.ts";
import { ProgramConnection } from "./program-connection.ts";

/** Each connection is a handshake and a session, of which sshd allows ten at once by default; Pulumi's provider has four too. */
const mostConnections = 4;

/** Connections outlive the client that has opened them: commands make many clients of one engine. */
const agents = new Map<string, Agent>();

/**
 * The HTTP agent for an engine behind ssh. Its connections are `ssh … docker system dial-stdio`, as Docker's own client has
 * them.
 * @param host `ssh://user@machine:port`
 */
export function sshAgent(host: string): Agent {
  const known = agents.get(host);
  if (known !== undefined) return known;
  const agent = new Agent({ keepAlive: true, maxSockets: mostConnections });
  agent.createConnection = () =>
    new ProgramConnection(
      "ssh",
      [...sshArguments(host), "docker", "system", "dial-stdio"],
      (complaint) => explainSsh(host, complaint),
    );
  agents.set(host, agent);
  return agent;
}
