/** `refusal`: deploying now would fail or harm; `warning`: it may; `info`: worth knowing. */
export type Severity = "passed" | "info" | "warning" | "refusal";

/** One thing that was looked at. */
export interface Finding {
  /** Group and kind, such as `ports.process` or `memory.sum`; stable. */
  readonly id: string;
  readonly severity: Severity;
  /** The container, network, file or other thing it is about; null where it is about the whole. */
  readonly subject: string | null;
  /** What was found, with names and values, in one sentence. */
  readonly message: string;
  /** What to do about it: the setting to change, or the command to run; null where nothing is to be done. */
  readonly remedy: string | null;
}

/** What every finding of one kind has in common; `docs/preflight.md` has them all as tables. */
export interface FindingKind {
  readonly severity: Severity;
  /** When it is found. */
  readonly meaning: string;
  /** The way out, in general words. @default nothing is to be done */
  readonly remedy?: string;
  /** `npm run up` sees to it itself, so it is no reason for `up` to stop or warn before set-up. @default false */
  readonly mendedBySetUp?: true;
}
