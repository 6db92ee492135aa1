import { join } from "node:path";
import docker from "@pulumi/docker/package.json" with { type: "json" };
import sdk from "@pulumi/pulumi/package.json" with { type: "json" };
import random from "@pulumi/random/package.json" with { type: "json" };

/** A fallback plugin: what it is made of, and where the engine looks for it. */
export interface Target {
  readonly kind: "resource" | "language";
  readonly name: string;
  /** The release that the npm package asks for, and so the one the engine looks for. */
  readonly version: string;
  /** Entry point, relative to `airgap/`. */
  readonly entry: string;
  /** Folders of `airgap/` that it is made of. */
  readonly sources: readonly string[];
  /** Holds the bundle and the marker. */
  readonly folder: string;
  /** What the engine starts. */
  readonly executable: string;
  /** Environment that the executable adds for the bundle. */
  readonly env: Readonly<Record<string, string>>;
}

export interface Places {
  /** The `plugins` folder of a PULUMI_HOME. */
  readonly pluginsDir: string;
  /** A folder on the PATH of the CLI, or the CLI's own. */
  readonly binDir: string;
}

/**
 * The plugins of a deployment. Versions come from the installed npm packages: the engine takes a
 * provider only from the folder that carries exactly the version its package asks for.
 */
export function listTargets({ pluginsDir, binDir }: Places): readonly Target[] {
  const provider = (name: "docker" | "random", version: string): Target => {
    const folder = join(pluginsDir, `resource-${name}-v${version}`);
    return {
      kind: "resource",
      name,
      version,
      entry: `${name}/main.ts`,
      sources: ["plugin", name],
      folder,
      executable: join(folder, `pulumi-resource-${name}`),
      env: { [`AIRGAP_${name.toUpperCase()}_VERSION`]: version },
    };
  };
  return [
    provider("docker", docker.version),
    provider("random", random.version),
    {
      kind: "language",
      name: "nodejs",
      version: sdk.version,
      entry: "language-nodejs/main.ts",
      sources: ["plugin", "language-nodejs"],
      // The engine looks for the executable by its name; its bundle keeps out of the way.
      folder: join(binDir, "fallback-language-nodejs"),
      executable: join(binDir, "pulumi-language-nodejs"),
      env: {},
    },
  ];
}
