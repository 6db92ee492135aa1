import { chmod, mkdir, symlink, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import type { Bundles } from "./bundles.ts";
import type { ProgramResource } from "./recording.ts";

/**
 * Makes a folder a Pulumi project that runs a recording's programs: Pulumi.yaml with the plugins by
 * path, so that nothing is downloaded and no installed plugin is taken, and a program that reads
 * its resources from resources.json.
 */
export async function makeProject(folder: string, bundles: Bundles): Promise<void> {
  const plugins = join(folder, "plugins");
  await mkdir(plugins);
  await writeExecutable(plugins, "pulumi-resource-docker", bundles.docker);
  await writeExecutable(plugins, "pulumi-resource-random", bundles.random);
  await writeExecutable(plugins, "pulumi-language-nodejs", bundles.languageHost);
  await writeFile(join(folder, "Pulumi.yaml"), projectFile(plugins));
  await writeFile(join(folder, "index.mjs"), PROGRAM);
  await writeFile(
    join(folder, "package.json"),
    JSON.stringify({ name: "contract", main: "index.mjs" }),
  );
  await symlink(nodeModules(), join(folder, "node_modules"));
}

/** Sets what the next run of the program consists of. */
export async function writeResources(
  folder: string,
  resources: Readonly<Record<string, ProgramResource>>,
): Promise<void> {
  await writeFile(
    join(folder, "resources.json"),
    JSON.stringify(resources).replaceAll("__DIR__", folder),
  );
}

/** Project and stack of the recordings; both are part of every urn. */
export const STACK = "t";

function projectFile(plugins: string): string {
  return [
    "name: contract",
    "main: index.mjs",
    "runtime:",
    "  name: nodejs",
    "  options:",
    "    typescript: false",
    "plugins:",
    "  providers:",
    `    - { name: docker, path: ${plugins} }`,
    `    - { name: random, path: ${plugins} }`,
    "  languages:",
    `    - { name: nodejs, path: ${plugins} }`,
    "",
  ].join("\n");
}

/** Makes each resource, with outputs of earlier ones where a property says `${name.output}`. */
const PROGRAM = `import { readFileSync } from "node:fs";
import * as docker from "@pulumi/docker";
import * as random from "@pulumi/random";

const packages = { docker, random };
const made = {};

function resolve(value) {
  if (typeof value === "string") {
    const [, name, output] = /^\\$\\{(\\w+)\\.(\\w+)\\}$/.exec(value) ?? [];
    return name === undefined ? value : made[name][output];
  }
  if (Array.isArray(value)) return value.map(resolve);
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([name, inner]) => [name, resolve(inner)]));
}

const resources = JSON.parse(readFileSync(new URL("./resources.json", import.meta.url), "utf8"));
for (const [name, { type, props, opts }] of Object.entries(resources)) {
  const [pkg, cls] = type.split(".");
  made[name] = new packages[pkg][cls](name, resolve(props), opts);
}
`;

async function writeExecutable(folder: string, name: string, bundle: string): Promise<void> {
  const path = join(folder, name);
  await writeFile(path, `#!/bin/sh\nexec '${process.execPath}' '${bundle}' "$@"\n`);
  await chmod(path, 0o755);
}

function nodeModules(): string {
  const sdk = fileURLToPath(import.meta.resolve("@pulumi/pulumi/package.json"));
  return dirname(dirname(dirname(sdk)));
}
