import { join } from "node:path";
import { isExecutable } from "../../engine/host-system.ts";
import type { Paths } from "../../paths.ts";
import { runCommand } from "../../setup/run-command.ts";
import { pluginVersions } from "../../setup/versions.ts";
import type { ToolchainLook } from "../facts.ts";

const runWithinMs = 5000;

/**
 * Looks whether the programs are there that every Pulumi command starts.
 * @param start also start the Pulumi CLI, which takes a tenth of a second
 */
export async function probeToolchain(
  { toolchainBin, pulumiHome }: Paths,
  { start }: { readonly start: boolean },
): Promise<ToolchainLook> {
  const cli = join(toolchainBin, "pulumi");
  const programs = [
    { name: "Pulumi CLI", path: cli },
    { name: "Node of the toolchain", path: join(toolchainBin, "node") },
    { name: "language host", path: join(toolchainBin, "pulumi-language-nodejs") },
    ...Object.entries(pluginVersions).map(([name, version]) => ({
      name: `plugin ${name} ${version}`,
      path: join(pulumiHome, "plugins", `resource-${name}-v${version}`, `pulumi-resource-${name}`),
    })),
  ].map((program) => ({ ...program, isThere: isExecutable(program.path) }));
  return {
    node: process.versions.node,
    programs,
    cli: start && isExecutable(cli) ? await versionOf(cli) : null,
  };
}

async function versionOf(cli: string): Promise<ToolchainLook["cli"]> {
  const result = await runCommand(cli, ["version"], {
    env: { PULUMI_SKIP_UPDATE_CHECK: "true" },
    timeoutMs: runWithinMs,
  });
  return result.ok ? { version: result.stdout.trim() } : { problem: result.failure };
}
