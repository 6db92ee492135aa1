/** What a command exits with; the numbers are part of the command line's contract. */
export const exitCodes = {
  failed: 1,
  badUsage: 2,
  notReachable: 3,
  interrupted: 130,
} as const;

export type ExitCode = (typeof exitCodes)[keyof typeof exitCodes];

/**
 * A failure that the user can mend. The message names the thing, the value and the way out, and is printed without a
 * stack; any other error is a bug.
 */
export class UserError extends Error {
  override readonly name = "UserError";
  readonly exitCode: ExitCode;

  constructor(message: string, exitCode: ExitCode = exitCodes.failed, options?: ErrorOptions) {
    super(message, options);
    this.exitCode = exitCode;
  }
}
