/** What the log's clock shows, as far as its answers tell. */
export class LogClock {
  /** What it shows, in µs, when this process' shows zero: at most, by the time an answer takes. */
  #offsetUs: number | undefined;

  /** The log showed this, between the question and the answer. */
  see(logUs: number, sentMs: number): void {
    this.#offsetUs = logUs - sentMs * 1000;
  }

  /** @returns what it shows, in µs, at a time of this process' clock; undefined before the first answer */
  at(ms: number): number | undefined {
    return this.#offsetUs === undefined ? undefined : Math.ceil(ms * 1000 + this.#offsetUs);
  }
}
