import type { BaseImageName } from "../../catalog/images.ts";
import type { EngineFacts, MachineFacts, ToolchainFacts } from "../../topology/machine-facts.ts";
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

export interface SetupContext extends HostContext {
  /** What an earlier set-up wrote, if it did. */
  readonly earlier: MachineFacts | undefined;
  /** Try the official sources again where a replacement is in use. */
  readonly refresh: boolean;
  readonly images: readonly BaseImageName[];
}

/** What set-up knows so far; each step adds its part. */
export interface Draft {
  engine?: EngineFacts;
  node?: ToolchainFacts["node"];
  cli?: ToolchainFacts["cli"];
  languageHost?: ToolchainFacts["languageHost"];
  plugins?: ToolchainFacts["plugins"];
  images?: MachineFacts["images"];
  /** Whether a registry was asked for something this time. */
  askedRegistry?: boolean;
}

/** Takes what an earlier step must have left. */
export function from<Key extends keyof Draft>(draft: Draft, key: Key): NonNullable<Draft[Key]> {
  const value = draft[key];
  if (value === undefined) throw new Error(`Set-up has no ${key} yet.`);
  return value;
}
