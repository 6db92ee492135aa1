/** One step of a command, shown with its time. */
export interface Step {
  readonly title: string;
  /**
   * Does the work.
   * @param report shows what is going on, in a few words
   * @returns what came of it, shown behind the title; nothing when the title says it all
   */
  readonly run: (report: (text: string) => void) => Promise<string | undefined>;
}
