import { isDeepStrictEqual } from "node:util";
import packageJson from "../../package.json" with { type: "json" };
import { blueprintSchema } from "../../topology/blueprint.ts";
import { buildTopology } from "../../topology/build-topology.ts";
import type { MachineFacts } from "../../topology/machine-facts.ts";
import { ConfigError, type StackConfig } from "../../topology/stack-config.ts";

export interface PendingChangesOptions {
  readonly stack: string;
  /** Throws a ConfigError where the settings are wrong; that is no reason to look at no drift. */
  readonly readConfig: () => StackConfig;
  readonly facts: MachineFacts;
  /** The stack output of that name: what was deployed last. */
  readonly blueprint: unknown;
}

/**
 * Whether `up` would deploy more than a mended stack: other settings, another catalogue or another release. What the
 * images hold is not looked at, since that takes a build; `pulumi preview` tells.
 * @returns false also where it cannot be told: a deploy of a version with other blueprints, or settings that fit no stack
 */
export function hasPendingChanges({
  stack,
  readConfig,
  facts,
  blueprint,
}: PendingChangesOptions): boolean {
  const deployed = blueprintSchema.safeParse(blueprint).data?.topology;
  if (deployed === undefined) return false;
  try {
    const config = readConfig();
    const wanted = buildTopology({ stack, release: packageJson.version, config, facts });
    // The deployed one has been through JSON.
    return !isDeepStrictEqual(JSON.parse(JSON.stringify(wanted)), deployed);
  } catch (error) {
    if (error instanceof ConfigError) return false;
    throw error;
  }
}
