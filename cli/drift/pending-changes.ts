import { isDeepStrictEqual } from "node:util";
import packageJson from "../../package.json" with { type: "json" };
import { parseBlueprint } from "../../topology/blueprint.ts";
import { buildTopology } from "../../topology/build-topology.ts";
import type { MachineFacts } from "../../topology/machine-facts.ts";
import { ConfigError } from "../../topology/stack-config.ts";
import { readStackFile } from "../stack-file.ts";
import { UserError } from "../setup/user-error.ts";

/**
 * Whether `up` would deploy more than a mended stack: other settings, another catalogue or another release. What the
 * images hold is not looked at, since that takes a build; `pulumi preview` tells.
 * @param blueprint the stack output of that name
 * @returns false also where it cannot be told: a deploy of another version, or settings that are wrong
 */
export function hasPendingChanges(stack: string, facts: MachineFacts, blueprint: unknown): boolean {
  try {
    const { topology } = parseBlueprint(blueprint);
    const config = readStackFile(stack);
    const wanted = buildTopology({ stack, release: packageJson.version, config, facts });
    // The recorded one has been through JSON.
    return !isDeepStrictEqual(JSON.parse(JSON.stringify(wanted)), topology);
  } catch (error) {
    if (error instanceof ConfigError || error instanceof UserError || isUnreadable(error)) {
      return false;
    }
    throw error;
  }
}

function isUnreadable(error: unknown): boolean {
  return error instanceof Error && error.message.startsWith("The blueprint is not one");
}
