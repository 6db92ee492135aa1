import { spawn } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { explainSsh, sshArguments } from "./ssh-command.ts";
import { withinDeadline } from "./within-deadline.ts";

export interface SshForward {
  /** Unix socket here for each of the addresses. */
  readonly sockets: ReadonlyMap<string, string>;
  readonly close: () => void;
}

/** ssh gives up by itself after ten seconds and says why. */
const readyWithinMs = 15_000;
const greeting = "ready\n";

/**
 * Opens ways to ports of the engine's machine: sockets in a folder of this user's alone, all through one ssh connection. It
 * runs `cat` there, which answers once all ways are open, and which ends with its input: so the connection outlives neither
 * `close` nor this process, however that ends.
 *
 * @param host `ssh://user@machine:port`
 * @param addresses `address:port`, as seen from there
 * @throws Error with what ssh says, when the ways are not open within fifteen seconds
 */
export async function forwardPorts(
  host: string,
  addresses: readonly string[],
): Promise<SshForward> {
  const folder = mkdtempSync(join(tmpdir(), "astratrade-ways-"));
  const sockets = new Map(addresses.map((it, index) => [it, join(folder, `${index}.sock`)]));
  const options = [
    // A connection that the user's configuration shares would keep the ways open for as long as it lives.
    ...["-o", "ControlMaster=no", "-o", "ControlPath=none", "-o", "ExitOnForwardFailure=yes"],
    ...[...sockets].flatMap(([address, path]) => ["-L", `${path}:${address}`]),
  ];
  const child = spawn("ssh", [...sshArguments(host, options), "cat"], {
    stdio: ["pipe", "pipe", "pipe"],
  });
  const close = (): void => {
    child.kill();
    rmSync(folder, { recursive: true, force: true });
  };
  let complaint = "";
  child.stderr.setEncoding("utf8").on("data", (text: string) => (complaint += text));
  child.stdin.on("error", () => undefined);
  child.stdin.write(greeting);
  const ready = new Promise<void>((resolve, reject) => {
    child.stdout.once("data", () => resolve());
    child.once("error", reject);
    child.once("close", () => reject(new Error(explainSsh(host, complaint.trim()))));
  });
  try {
    await withinDeadline(ready, readyWithinMs);
    return { sockets, close };
  } catch (error) {
    close();
    throw error;
  }
}
