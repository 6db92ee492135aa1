import type { MachineFacts } from "../../topology/machine-facts.ts";
import type { ReleaseVersions } from "./release.ts";

/** What a release was deployed with: the platform's version, the engine, and each program of the toolchain. */
export function describeVersions(
  platform: string,
  { engine, toolchain }: Pick<MachineFacts, "engine" | "toolchain">,
): ReleaseVersions {
  const { host, version, apiVersion } = engine;
  const programs =
    toolchain === undefined
      ? {}
      : {
          node: toolchain.node,
          "pulumi-cli": toolchain.cli,
          "pulumi-language-nodejs": toolchain.languageHost,
          "pulumi-docker": toolchain.plugins.docker,
          "pulumi-random": toolchain.plugins.random,
        };
  return {
    platform,
    engine: { host, version, apiVersion },
    programs: Object.fromEntries(
      Object.entries(programs).map(([name, program]) => [
        name,
        { kind: program.kind, version: program.version },
      ]),
    ),
  };
}
