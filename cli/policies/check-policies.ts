import type { PulumiSetting } from "../pulumi/run-pulumi.ts";

/**
 * Previews the deploy and holds every resource of it against the policies.
 * @returns what the preview says will change, in a few words
 * @throws UserError with every violation
 */
export function checkPolicies(
  _setting: PulumiSetting,
  _stack: string,
  _report: (text: string) => void,
): Promise<string> {
  return Promise.resolve("not checked");
}
