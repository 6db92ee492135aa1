import type { Paths } from "../paths.ts";

/** What every part of set-up needs from the command that runs it. */
export interface HostContext {
  readonly paths: Paths;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly userHome: string;
  /** One line about what is going on, for a person who watches; the latest replaces the one before. */
  readonly report: (text: string) => void;
  /** A line that stays, for something the user must know of. */
  readonly notice: (text: string) => void;
  /**
   * Asks before software is installed on the machine. Absent means that nobody can be asked (no terminal) or need be
   * (`--yes`): it is then installed after a notice.
   */
  readonly confirm?: (question: string) => Promise<boolean>;
}
