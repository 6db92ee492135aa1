/** What a deploy is ended by. */
export const kinds = [
  "sigint",
  "cli",
  "provider",
  "language-host",
  "engine",
  "sigterm",
  "pulumi",
] as const;

export type Kind = (typeof kinds)[number];

export const kindTitles: Readonly<Record<Kind, string>> = {
  sigint: "SIGINT to the command",
  sigterm: "SIGTERM to the command",
  cli: "SIGKILL of the command's own process",
  provider: "SIGKILL of the docker provider",
  "language-host": "SIGKILL of the language host",
  pulumi: "SIGKILL of the Pulumi CLI",
  engine: "SIGKILL of the Docker engine",
};
