/** What the log's clock shows, as far as its answers tell. */
export class LogClock {
  /** What it shows, in µs, when this process' shows zero: at most, by the least time that an answer took. */
  #offsetUs: number | undefined;

  /**
   * The log showed this, at some time between the question and the answer. What is known stays while that can be: an answer
   * that took long tells little, and to go by it would let Redis note the next requests that much too late.
   */
  see(logUs: number, sentMs: number, answeredMs: number): void {
    const atLeastUs = logUs - answeredMs * 1000;
    const atMostUs = logUs - sentMs * 1000;
    const known = this.#offsetUs;
    if (known !== undefined && known >= atLeastUs && known <= atMostUs) return;
    this.#offsetUs = atMostUs;
  }

  /** @returns what it shows, in µs, at a time of this process' clock; undefined before the first answer */
  at(ms: number): number | undefined {
    return this.#offsetUs === undefined ? undefined : Math.ceil(ms * 1000 + this.#offsetUs);
  }
}
