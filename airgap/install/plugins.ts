import { accessSync, constants } from "node:fs";
import { isAbsolute, resolve } from "node:path";
import { parseArgs } from "node:util";
import { installPlugins, type InstallOptions } from "./install-plugins.ts";

const USAGE =
  "usage: plugins.ts --plugins-dir <folder> --bin-dir <folder> --node <absolute path of node>";

/**
 * Installs the fallback plugins. Progress goes to standard error; the last line of standard output
 * is `{"plugins":[{name, kind, version, path, changed}]}`. Exit status 0, 1 when a plugin could not be
 * installed, 2 for wrong arguments.
 */
async function main(): Promise<number> {
  const options = readOptions(process.argv.slice(2));
  if (typeof options === "string") {
    process.stderr.write(`${options}\n${USAGE}\n`);
    return 2;
  }
  try {
    const plugins = await installPlugins(options, (line) => process.stderr.write(`${line}\n`));
    process.stdout.write(`${JSON.stringify({ plugins })}\n`);
    return 0;
  } catch (error) {
    process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
    return 1;
  }
}

/** Answers the options, or all that is wrong with them. */
function readOptions(args: readonly string[]): InstallOptions | string {
  const option = { type: "string" } as const;
  let values: { "plugins-dir"?: string; "bin-dir"?: string; node?: string };
  try {
    ({ values } = parseArgs({
      args: [...args],
      options: { "plugins-dir": option, "bin-dir": option, node: option },
    }));
  } catch (error) {
    return (error as Error).message;
  }
  const { "plugins-dir": pluginsDir, "bin-dir": binDir, node } = values;
  const problems: string[] = [];
  if (pluginsDir === undefined) problems.push("--plugins-dir is missing");
  if (binDir === undefined) problems.push("--bin-dir is missing");
  if (node === undefined) problems.push("--node is missing");
  else if (!isAbsolute(node)) problems.push(`--node is ${node}, which is not an absolute path`);
  else if (!isExecutable(node)) problems.push(`--node is ${node}, which cannot be executed`);
  if (
    pluginsDir === undefined ||
    binDir === undefined ||
    node === undefined ||
    problems.length > 0
  ) {
    return problems.join("\n");
  }
  return { pluginsDir: resolve(pluginsDir), binDir: resolve(binDir), node };
}

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}

process.exitCode = await main();
