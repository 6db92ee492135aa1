import type { Clock } from "../../kit/clock.ts";

/** The calls that were begun since the last answer, none of which has been answered. */
export class Waiting {
  #calls = 0;
  /** When the first of them began. */
  #sinceMs = 0;

  begin(clock: Clock): void {
    if (this.#calls === 0) this.#sinceMs = clock.nowMs();
    this.#calls += 1;
  }

  /** A call ended: it may be one of them, or one from before. */
  end(): void {
    if (this.#calls > 0) this.#calls -= 1;
  }

  hearAnswer(): void {
    this.#calls = 0;
  }

  /** @returns 0 while fewer than `minimumCalls` wait */
  silentForMs(clock: Clock, minimumCalls: number): number {
    return this.#calls < minimumCalls ? 0 : clock.nowMs() - this.#sinceMs;
  }
}
