import { hostname, userInfo } from "node:os";

export interface Machine {
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Name of the account that the process runs as; throws where the account has no name. */
  readonly account: () => string;
  readonly host: string;
}

/** Who runs this command, as `user@host`. */
export function operatorName(machine: Machine = thisMachine()): string {
  return `${userName(machine)}@${machine.host}`;
}

/**
 * Who runs this command: the person behind `sudo`, or else the account, or else its number, which is all that a process in
 * a container without a user table has.
 */
export function userName({ env, account }: Machine = thisMachine()): string {
  return env.SUDO_USER || accountName(account);
}

function accountName(account: () => string): string {
  try {
    return account();
  } catch {
    return `uid-${process.getuid?.() ?? "unknown"}`;
  }
}

function thisMachine(): Machine {
  return { env: process.env, account: () => userInfo().username, host: hostname() };
}
