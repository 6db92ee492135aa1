import {
  checkResources,
  describeViolation,
  type PolicyContext,
  type Violation,
} from "../../topology/policies/index.ts";
import { runPreview, type PulumiSetting } from "../pulumi/run-pulumi.ts";
import { UserError } from "../setup/user-error.ts";
import { describePlanned } from "./describe-planned.ts";
import { readRegistration, type Registered } from "./read-preview.ts";

export interface PolicyCheckOptions {
  readonly stack: string;
  /** Arguments that the deploy will have, such as `--refresh`; the preview gets the same. */
  readonly extra: readonly string[];
  readonly context: PolicyContext;
  readonly report: (text: string) => void;
}

/**
 * Previews the deploy and holds every resource of it against the policies.
 * @returns what the preview says will change, in a few words
 * @throws UserError with every violation, or with what the program and the providers refuse
 */
export async function checkPolicies(
  setting: PulumiSetting,
  { stack, extra, context, report }: PolicyCheckOptions,
): Promise<string> {
  let registered: Registered = new Map();
  const args = ["--stack", stack, ...extra];
  const state = await runPreview(setting, args, (line) => {
    registered = readRegistration(registered, line);
    report(`resources looked at: ${registered.size}`);
  });
  const violations = checkResources([...registered.values()], context);
  if (violations.length > 0) throw new UserError(describeViolations(stack, violations));
  return describePlanned(state);
}

function describeViolations(stack: string, violations: readonly Violation[]): string {
  const lines = violations.map((violation) => `  - ${describeViolation(violation)}`);
  return `Stack ${stack} would break ${violations.length === 1 ? "a policy" : "policies"}; nothing was changed:\n${lines.join("\n")}`;
}
