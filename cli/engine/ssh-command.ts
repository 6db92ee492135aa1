/**
 * Arguments of `ssh` for an engine's address, up to the command that runs there. It is the user's own ssh, with its
 * configuration, keys, agent and known hosts.
 * @param host as in DOCKER_HOST: `ssh://user@machine:port`
 * @param options further options of ssh
 */
export function sshArguments(host: string, options: readonly string[] = []): string[] {
  const { username, hostname, port } = new URL(host);
  return [
    ...options,
    ...(port === "" ? [] : ["-p", port]),
    // A question would hang: nobody sees it.
    ...["-o", "BatchMode=yes"],
    ...["-o", `ConnectTimeout=${connectTimeoutSeconds}`],
    // A machine that has gone away without a word is noticed within half a minute.
    ...["-o", "ServerAliveInterval=10", "-o", "ServerAliveCountMax=3"],
    "-T",
    "--",
    username === "" ? hostname : `${decodeURIComponent(username)}@${hostname}`,
  ];
}

const connectTimeoutSeconds = 10;

/** Whether an engine is reached by ssh. */
export function isSsh(host: string): boolean {
  return host.startsWith("ssh://");
}

/** What ssh says when it does not get through, with what to do about it. */
export function explainSsh(host: string, complaint: string): string {
  const { username, hostname, port } = new URL(host);
  const destination = `${username === "" ? "" : `${username}@`}${hostname}`;
  const command = `ssh ${port === "" ? "" : `-p ${port} `}${destination}`;
  const advice = advices.find(([pattern]) => pattern.test(complaint))?.[1](command);
  return [complaint, advice].filter((it) => it !== undefined && it !== "").join("; ");
}

const advices: readonly (readonly [RegExp, (command: string) => string])[] = [
  [
    /Host key verification failed/,
    (command) => `its key is not known here: \`${command}\` asks about it once`,
  ],
  [
    /Permission denied/,
    (command) => `\`${command}\` has to work without a password: put a key there (ssh-copy-id)`,
  ],
  [
    /docker: (?:command )?not found|docker.*No such file/,
    () => "Docker's client has to be on that machine too: it connects to the engine there",
  ],
];
