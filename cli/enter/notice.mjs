/** Prints a line for people on standard error; standard output belongs to the command. */
export function notice(line) {
  process.stderr.write(`${line}\n`);
}

/** A failure whose message is written for the user; anything else is a bug and shows its stack. */
export class ExitError extends Error {
  constructor(message, exitCode) {
    super(message);
    this.exitCode = exitCode;
  }
}
