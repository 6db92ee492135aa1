import { projectName } from "../../catalog/labels.ts";
import { containerName } from "../../topology/scope.ts";
import { parseStackConfig, stackConfigSchema } from "../../topology/stack-config.ts";

/** A setting of one stack, with the value that holds. */
export interface HeldSetting {
  /** With prefix; the keys inside of a map that is not empty stand one by one. */
  readonly key: string;
  /** null: not set, and there is no default. */
  readonly value: unknown;
  readonly from: "stack file" | "default";
}

/**
 * The settings of a stack as they hold, in the schema's order.
 * @param settings what the stack file holds, without prefix
 * @throws ConfigError
 */
export function settingsThatHold(
  settings: Readonly<Record<string, unknown>>,
  stack: string,
): HeldSetting[] {
  const config = parseStackConfig(settings, stack);
  const effective: Readonly<Record<string, unknown>> = {
    ...config,
    containerPrefix: containerName({ stack, config }, ""),
  };
  return Object.keys(stackConfigSchema.shape).flatMap((key) =>
    flatten(`${projectName}:${key}`, effective[key] ?? null).map(([path, value]) => ({
      key: path,
      value,
      from: settings[key] === undefined ? "default" : "stack file",
    })),
  );
}

function flatten(key: string, value: unknown): [string, unknown][] {
  if (typeof value !== "object" || value === null || Array.isArray(value)) return [[key, value]];
  const inside = Object.entries(value).filter(([, inner]) => inner !== undefined);
  if (inside.length === 0) return [[key, value]];
  return inside.flatMap(([name, inner]) => flatten(`${key}.${name}`, inner));
}
