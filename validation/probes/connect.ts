import Docker from "dockerode";

/**
 * A client of the engine behind an endpoint as `DOCKER_HOST` has it.
 * @throws Error when the endpoint's form is not known
 */
export function connectEngine(host: string): Docker {
  // An explicit undefined keeps the client from falling back to DOCKER_HOST of this process.
  const base = { host: undefined, port: undefined, socketPath: undefined } as Docker.DockerOptions;
  const pipe = /^(?:unix|npipe):\/\/(?<path>.+)$/.exec(host)?.groups?.["path"];
  if (pipe !== undefined) return new Docker({ ...base, socketPath: pipe });
  const url = URL.canParse(host) ? new URL(host) : null;
  switch (url?.protocol) {
    case "tcp:":
    case "http:":
      return new Docker({
        ...base,
        protocol: "http",
        host: url.hostname,
        port: url.port || "2375",
      });
    case "https:":
      return new Docker({
        ...base,
        protocol: "https",
        host: url.hostname,
        port: url.port || "2376",
      });
    case "ssh:": {
      const agent = process.env["SSH_AUTH_SOCK"];
      return new Docker({
        ...base,
        protocol: "ssh",
        host: url.hostname,
        port: url.port || "22",
        ...(url.username === "" ? {} : { username: url.username }),
        ...(agent === undefined ? {} : { sshOptions: { agent } }),
      });
    }
    default:
      throw new Error(
        `The engine's endpoint "${host}" has no known form; use unix://, npipe://, tcp://, http://, https:// or ssh://.`,
      );
  }
}
