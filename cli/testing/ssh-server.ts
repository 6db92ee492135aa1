import { execFileSync } from "node:child_process";
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { connect } from "node:net";
import { join } from "node:path";
import pRetry from "p-retry";
import type { SecondEngine } from "./second-engine.ts";

export interface SshServer {
  /** As in DOCKER_HOST. */
  readonly host: string;
  /** Folder with an `ssh` that knows the server's key and has one of its own; goes first on the PATH. */
  readonly clientFolder: string;
}

const port = 2222;

/**
 * Starts an ssh server on the engine's machine, with the limits that sshd has by default and keys of its own. Whoever logs
 * in finds that engine.
 */
export async function startSshServer(engine: SecondEngine): Promise<SshServer> {
  const folder = join(engine.folder, "ssh");
  const clientFolder = join(folder, "bin");
  mkdirSync(clientFolder, { recursive: true });
  for (const name of ["host", "user"]) {
    execFileSync("ssh-keygen", ["-q", "-t", "ed25519", "-N", "", "-f", join(folder, name)]);
  }
  const configuration = join(folder, "sshd_config");
  writeFileSync(
    configuration,
    `ListenAddress ${engine.address}:${port}
HostKey ${join(folder, "host")}
AuthorizedKeysFile ${join(folder, "user.pub")}
# The folders above belong to everybody.
StrictModes no
PasswordAuthentication no
PidFile none
SetEnv DOCKER_HOST=${engine.host}
`,
  );
  writeFileSync(
    join(folder, "known_hosts"),
    `[${engine.address}]:${port} ${readFileSync(join(folder, "host.pub"), "utf8")}`,
  );
  writeFileSync(
    join(folder, "ssh_config"),
    `IdentityFile ${join(folder, "user")}
IdentitiesOnly yes
UserKnownHostsFile ${join(folder, "known_hosts")}
StrictHostKeyChecking yes
`,
  );
  writeFileSync(
    join(clientFolder, "ssh"),
    `#!/bin/sh\nexec /usr/bin/ssh -F ${join(folder, "ssh_config")} "$@"\n`,
    { mode: 0o755 },
  );
  // Where sshd locks itself in; its service would make it.
  mkdirSync("/run/sshd", { recursive: true, mode: 0o755 });
  engine.startInside("/usr/sbin/sshd", ["-D", "-e", "-f", configuration]);
  await untilItListens(engine.address);
  return { host: `ssh://root@${engine.address}:${port}`, clientFolder };
}

async function untilItListens(host: string): Promise<void> {
  const attempt = (): Promise<void> =>
    new Promise((resolve, reject) => {
      const socket = connect({ host, port }, () => {
        socket.destroy();
        resolve();
      });
      socket.once("error", reject);
    });
  await pRetry(attempt, { retries: 100, minTimeout: 50, factor: 1 });
}
