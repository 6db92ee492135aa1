import { hostname, userInfo } from "node:os";

export interface Machine {
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Name of the account that the process runs as; throws where the account has no name. */
  readonly account: () => string;
  readonly host: string;
}

/**
 * Who runs this command, as `user@host`: the person behind `sudo`, or else the account, or else its number, which is all
 * that a process in a container without a user table has.
 */
export function operatorName(machine: Machine = thisMachine()): string {
  const { env, account, host } = machine;
  return `${env.SUDO_USER || accountName(account)}@${host}`;
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
