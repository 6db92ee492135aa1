import type { Clock } from "../clock.ts";

/** A clock that moves by what is slept, and by hand. */
export class FakeClock implements Clock {
  #nowMs = Date.parse("2026-01-02T03:04:05.678Z");
  readonly now = (): Date => new Date(this.#nowMs);
  readonly sleep = (durationMs: number): Promise<void> => {
    this.advance(durationMs);
    return Promise.resolve();
  };

  advance(durationMs: number): void {
    this.#nowMs += durationMs;
  }
}
