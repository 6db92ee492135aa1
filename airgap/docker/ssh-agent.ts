import { spawn } from "node:child_process";
import { Agent } from "node:http";
import { Duplex } from "node:stream";
import type { Endpoint } from "./endpoint.ts";

/**
 * An HTTP agent whose connections are `ssh … docker system dial-stdio` processes, as the docker
 * command has them: the user's own ssh with its configuration, keys and known hosts.
 */
export function sshAgent(endpoint: Extract<Endpoint, { kind: "ssh" }>): Agent {
  const agent = new Agent({ keepAlive: true });
  agent.createConnection = () => dial(sshArguments(endpoint));
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

function dial(args: readonly string[]): Duplex {
  const child = spawn("ssh", args, { stdio: ["pipe", "pipe", "pipe"] });
  let complaint = "";
  child.stderr.setEncoding("utf8").on("data", (text: string) => {
    complaint = (complaint + text).slice(-2_000);
  });
  const connection = Duplex.from({ readable: child.stdout, writable: child.stdin });
  child.on("error", (error) => connection.destroy(error));
  child.on("exit", (code) => {
    if (code !== 0)
      connection.destroy(new Error(`ssh ended with status ${String(code)}: ${complaint.trim()}`));
  });
  connection.on("close", () => child.kill());
  return connection;
}
