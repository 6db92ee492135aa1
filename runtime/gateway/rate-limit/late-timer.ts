/** One timer for all that wait: it stays armed under load, and what it runs looks for what is overdue. */
export class LateTimer {
  readonly #run: () => void;
  #timer: NodeJS.Timeout | undefined;
  #isClosed = false;

  constructor(run: () => void) {
    this.#run = run;
  }

  /** Runs it after this time, unless it is to run already. */
  arm(inMs: number): void {
    if (this.#timer !== undefined || this.#isClosed) return;
    this.#timer = setTimeout(
      () => {
        this.#timer = undefined;
        // Under a CPU quota the process itself may have slept. After one more turn, what has come in meanwhile was read.
        setImmediate(this.#run);
      },
      Math.max(1, inMs),
    );
  }

  close(): void {
    this.#isClosed = true;
    clearTimeout(this.#timer);
  }
}
