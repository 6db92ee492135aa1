import { validateStack } from "../deploy/validate-stack.ts";
import { readMachine } from "../machine.ts";

export interface ValidateOptions {
  readonly stack: string;
  /** Show every check, not only those that failed. */
  readonly verbose: boolean;
}

/**
 * Validates what is deployed.
 * @returns 0 passed, 1 failed, 3 engine or stack not reachable, 4 inconclusive, 130 interrupted
 */
export async function validate(options: ValidateOptions): Promise<number> {
  return (await validateStack(readMachine(), { ...options, trigger: "manual" })).exitCode;
}
