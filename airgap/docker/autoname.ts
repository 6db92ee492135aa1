import { createHash, randomBytes } from "node:crypto";
import { ResourceError } from "../plugin/errors.ts";
import type { Call, CheckRequest } from "../plugin/resource.ts";
import type { Properties } from "../plugin/values.ts";
import { DEFAULTS } from "./schema/canon.ts";
import { checkInputs } from "./schema/check.ts";
import type { Checked } from "./schema/check.ts";
import type { AnyTable } from "./schema/shape.ts";

/**
 * Checks the inputs of a resource that has a `name`, and makes one up if the program gives none: the
 * name it had before, or else the logical name and seven hexadecimal digits. A name that was made
 * up is listed among the defaults, so that the engine may make the new object before it deletes the
 * old one.
 *
 * @throws ResourceError if the stack's configuration switches automatic names off
 */
export function checkNamed(table: AnyTable, request: CheckRequest, call: Call): Checked {
  const { news, olds } = request;
  if (news["name"] !== undefined && news["name"] !== null) return checkInputs(table, news, olds);
  const name = olds["name"] ?? makeName(request, call);
  const { inputs, failures } = checkInputs(table, { ...news, name }, olds);
  const defaults = [...(inputs[DEFAULTS] as readonly string[]), "name"].sort();
  return { inputs: { ...inputs, [DEFAULTS]: defaults }, failures };
}

/** True if the program has given the name, so that old and new object cannot exist side by side. */
export function isNameFixed(olds: Properties, news: Properties): boolean {
  const isMadeUp = [olds, news].some((inputs) =>
    (inputs[DEFAULTS] as readonly string[] | undefined)?.includes("name"),
  );
  return !isMadeUp && olds["name"] === news["name"];
}

/** Digits at the end of a made-up name, as many as the official provider uses. */
const SUFFIX_DIGITS = 7;

function makeName({ autonaming, randomSeed }: CheckRequest, call: Call): string {
  switch (autonaming?.mode) {
    case "disable":
      throw new ResourceError(
        `${call.name} has no name, and the configuration pulumi:autonaming forbids to make one up`,
      );
    case "enforce":
    case "propose":
      return autonaming.proposedName;
    case undefined: {
      // The engine's seed gives the run the same name that the preview has shown.
      const seed = randomSeed.length === 0 ? randomBytes(16) : randomSeed;
      const digits = createHash("sha256").update(seed).update(call.name).digest("hex");
      return `${call.name}-${digits.slice(0, SUFFIX_DIGITS)}`;
    }
  }
}
