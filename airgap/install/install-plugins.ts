import { statSync } from "node:fs";
import { dirname, join, relative } from "node:path";
import { bundlePlugin } from "../plugin/bundle.ts";
import { BUNDLE, inspectPlace, putInPlace } from "./place.ts";
import { hashSources } from "./sources-hash.ts";
import { measureStart } from "./start-up.ts";
import { listTargets, type Places, type Target } from "./targets.ts";
import { wrapperScript } from "./wrapper.ts";

export interface InstallOptions extends Places {
  /** Absolute path of the Node binary that runs the plugins. It must outlive the clone. */
  readonly node: string;
}

/** One plugin of the result, as it is now. */
export interface InstalledPlugin {
  readonly name: string;
  readonly kind: "fallback" | "official";
  /** The version that was asked for; that of an official language host is not known. */
  readonly version: string;
  /** What the engine starts. */
  readonly path: string;
  /** Whether this run has installed it. */
  readonly changed: boolean;
}

/**
 * Installs the fallback plugins where the engine looks for the official ones. An official one that
 * is there is left alone, a fallback one that is current as well.
 *
 * @param report gets one line of progress a plugin
 * @throws Error if a plugin does not bundle or does not start; nothing of it is installed then
 */
export async function installPlugins(
  options: InstallOptions,
  report: (line: string) => void,
): Promise<readonly InstalledPlugin[]> {
  const plugins: InstalledPlugin[] = [];
  for (const target of listTargets(options)) {
    plugins.push(await installPlugin(target, options.node, report));
  }
  return plugins;
}

async function installPlugin(
  target: Target,
  node: string,
  report: (line: string) => void,
): Promise<InstalledPlugin> {
  const { name, version, folder, executable, env } = target;
  const title = `${target.kind} plugin ${name} ${version}`;
  const done = { name, version, path: executable };
  const wrapper = wrapperScript(node, relative(dirname(executable), join(folder, BUNDLE)), env);
  const builtFrom = hashSources(AIRGAP_DIR, target.sources, [version, wrapper]);

  const installed = inspectPlace(target);
  if (installed.state === "official") {
    report(`${title}: the official plugin is there and stays`);
    const known = target.kind === "resource" ? version : "unknown";
    return { ...done, version: known, kind: "official", changed: false };
  }
  if (installed.state === "fallback" && installed.builtFrom === builtFrom) {
    report(`${title}: the fallback plugin is current`);
    return { ...done, kind: "fallback", changed: false };
  }
  report(`${title}: making the fallback plugin`);
  await putInPlace(target, {
    bundle: (outfile) => bundlePlugin(join(AIRGAP_DIR, target.entry), outfile),
    wrapper,
    marker: { kind: "fallback", name, version, builtFrom },
    tryOut: async (aside, bundle) => {
      const startMs = Math.round(await measureStart(aside));
      const sizeKiB = Math.round(statSync(bundle).size / 1024);
      report(`${title}: ${sizeKiB} KiB, starts in ${startMs} ms`);
    },
  });
  return { ...done, kind: "fallback", changed: true };
}

const AIRGAP_DIR = join(import.meta.dirname, "..");
