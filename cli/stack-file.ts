import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { parse } from "yaml";
import { projectName } from "../catalog/labels.ts";
import { ConfigError, parseStackConfig, type StackConfig } from "../topology/stack-config.ts";
import { repositoryRoot } from "./paths.ts";

/**
 * Reads and checks a stack's settings without Pulumi, so that they are known to be right before anything is touched.
 * @param stack `dev`, `staging`, …
 * @param root the clone
 * @throws ConfigError when there is no such stack file, it is no YAML, or a setting is wrong; all problems at once
 */
export function readStackFile(stack: string, root: string = repositoryRoot): StackConfig {
  return parseStackConfig(readStackSettings(stack, root), stack);
}

/**
 * Reads what a stack file holds, unchecked: keys without prefix.
 * @throws ConfigError when there is no such stack file, or it is no YAML
 */
export function readStackSettings(
  stack: string,
  root: string = repositoryRoot,
): Record<string, unknown> {
  const file = `Pulumi.${stack}.yaml`;
  const path = join(root, file);
  if (!existsSync(path)) {
    throw new ConfigError(`There is no stack "${stack}":`, [
      `${file} does not exist; there is ${stackNames(root).join(", ") || "no stack file at all"}`,
    ]);
  }
  return settingsOf(readFileSync(path, "utf8"), file);
}

function settingsOf(text: string, file: string): Record<string, unknown> {
  let content: unknown;
  try {
    content = parse(text);
  } catch (error) {
    throw new ConfigError(`${file} is no valid YAML:`, [(error as Error).message]);
  }
  const config = (content as { config?: unknown } | null)?.config ?? {};
  if (typeof config !== "object" || Array.isArray(config)) {
    throw new ConfigError(`${file} is wrong:`, ["`config` must be a map of settings"]);
  }
  const prefix = `${projectName}:`;
  // Settings of other namespaces (`docker:host`) belong to Pulumi's providers.
  return Object.fromEntries(
    Object.entries(config)
      .filter(([key]) => key.startsWith(prefix))
      .map(([key, value]) => [key.slice(prefix.length), value]),
  );
}

function stackNames(root: string): string[] {
  return readdirSync(root)
    .map((file) => /^Pulumi\.(.+)\.yaml$/.exec(file)?.[1])
    .filter((name) => name !== undefined)
    .sort();
}
