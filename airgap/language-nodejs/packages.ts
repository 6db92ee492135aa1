import { existsSync, readdirSync, readFileSync, realpathSync } from "node:fs";
import { dirname, join, relative } from "node:path";

/** A package of node_modules that stands for a provider plugin. */
export interface PluginPackage {
  /** Name of the plugin, such as `docker`. */
  readonly name: string;
  /** Version of the plugin, with a leading `v`. */
  readonly version: string;
  /** Where it can be downloaded; empty for the usual place. */
  readonly server: string;
  /** Set if the package is a parameterized use of another plugin. */
  readonly parameterization:
    { readonly name: string; readonly version: string; readonly value: Uint8Array } | undefined;
}

export interface InstalledPackage {
  readonly name: string;
  readonly version: string;
}

interface PackageJson {
  readonly name?: string;
  readonly version?: string;
  readonly dependencies?: Readonly<Record<string, string>>;
  readonly devDependencies?: Readonly<Record<string, string>>;
  readonly pulumi?: {
    readonly resource?: boolean;
    readonly name?: string;
    readonly version?: string;
    readonly server?: string;
    readonly parameterization?: { name: string; version: string; value: string };
  };
}

/** The plugins that the packages of a program ask for (`pulumi.resource` in their package.json). */
export function requiredPlugins(programDirectory: string, rootDirectory: string): PluginPackage[] {
  return installedManifests(programDirectory, rootDirectory)
    .filter(({ pulumi }) => pulumi?.resource === true)
    .map(toPlugin);
}

/**
 * The packages of a program: those that its package.json names, with the versions installed, or all
 * that are installed.
 */
export function programDependencies(
  programDirectory: string,
  rootDirectory: string,
  isTransitive: boolean,
): InstalledPackage[] {
  const installed = installedManifests(programDirectory, rootDirectory);
  const manifest = folders(programDirectory, rootDirectory)
    .map((folder) => readManifest(join(folder, "package.json")))
    .find((found) => found !== undefined);
  const wanted = { ...manifest?.dependencies, ...manifest?.devDependencies };
  return installed
    .filter(({ name }) => name !== undefined && (isTransitive || name in wanted))
    .map(({ name = "", version = "" }) => ({ name, version }))
    .filter((found, index, all) => all.findIndex(({ name }) => name === found.name) === index);
}

function toPlugin({ name = "", version = "", pulumi = {} }: PackageJson): PluginPackage {
  const pluginVersion = pulumi.version ?? version;
  return {
    name: pulumi.name ?? name.replace(/^@pulumi\//, ""),
    version: pluginVersion.startsWith("v") ? pluginVersion : `v${pluginVersion}`,
    server: pulumi.server ?? "",
    parameterization: pulumi.parameterization && {
      name: pulumi.parameterization.name,
      version: pulumi.parameterization.version,
      value: Buffer.from(pulumi.parameterization.value, "base64"),
    },
  };
}

/**
 * The manifests of all packages in the node_modules folders from the program's folder up to the
 * project's root, where npm may have put them when `main` is a subfolder.
 */
function installedManifests(programDirectory: string, rootDirectory: string): PackageJson[] {
  return folders(programDirectory, rootDirectory).flatMap((folder) =>
    readPackages(join(folder, "node_modules")),
  );
}

function folders(programDirectory: string, rootDirectory: string): string[] {
  const found = [programDirectory];
  const isBelowRoot = !relative(rootDirectory, programDirectory).startsWith("..");
  for (let at = programDirectory; isBelowRoot && at !== rootDirectory;) {
    at = dirname(at);
    found.push(at);
  }
  return found;
}

/** Packages may have packages of their own below them, and links may lead in circles. */
function readPackages(nodeModules: string, seen = new Set<string>()): PackageJson[] {
  if (!existsSync(nodeModules)) return [];
  const location = realpathSync(nodeModules);
  if (seen.has(location)) return [];
  seen.add(location);
  return packageFolders(nodeModules).flatMap((folder) => {
    const manifest = readManifest(join(folder, "package.json"));
    const inner = readPackages(join(folder, "node_modules"), seen);
    return manifest === undefined ? inner : [manifest, ...inner];
  });
}

function packageFolders(nodeModules: string): string[] {
  return readdirSync(nodeModules)
    .filter((name) => !name.startsWith("."))
    .flatMap((name) => {
      const folder = join(nodeModules, name);
      return name.startsWith("@") ? readdirSync(folder).map((sub) => join(folder, sub)) : [folder];
    });
}

/** A package without a readable manifest is no package; node will say so if it is needed. */
function readManifest(file: string): PackageJson | undefined {
  try {
    return JSON.parse(readFileSync(file, "utf8")) as PackageJson;
  } catch {
    return undefined;
  }
}
