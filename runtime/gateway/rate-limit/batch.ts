import type { Decisions } from "./decisions.ts";
import { firstResult } from "./shared-log.ts";
import type { Waiting } from "./waiting-line.ts";

/** Redis gets so long from when it was asked, though the request had to wait before that. */
const leastAnswerMs = 5;

/** Requests that Redis was asked about at once, until it answers; none where it was only asked for a sign of life. */
export class Batch {
  readonly requests: readonly Waiting[];
  readonly sentMs: number;
  readonly endMs: number;
  #isOverdue = false;

  /** @param deadlineMs how long each of them waits, from when it came */
  constructor(requests: readonly Waiting[], sentMs: number, deadlineMs: number) {
    this.requests = requests;
    this.sentMs = sentMs;
    this.endMs = Math.max((requests[0]?.enteredMs ?? sentMs) + deadlineMs, sentMs + leastAnswerMs);
  }

  /** Its requests were decided here; the answer only tells that Redis is there. */
  get isOverdue(): boolean {
    return this.#isOverdue;
  }

  /**
   * Decides here, for good.
   * @returns whether that was still to be done
   */
  giveUp(decisions: Decisions, nowMs: number): boolean {
    if (this.#isOverdue) return false;
    this.#isOverdue = true;
    for (const { meters, resolve } of this.requests) resolve(decisions.alone(meters, nowMs));
    return true;
  }

  /**
   * Decides by the answer.
   * @returns whether Redis came to it in time, by its own clock, which may also have been set forward just now
   */
  settle(values: readonly unknown[], decisions: Decisions, nowMs: number): boolean {
    this.release();
    const { requests, sentMs } = this;
    if (requests.length > 0 && values.length === firstResult) {
      this.giveUp(decisions, nowMs);
      return false;
    }
    for (let place = 0; place < requests.length; place += 1) {
      const waiting = requests[place];
      if (waiting === undefined) continue;
      const { meters, resolve } = waiting;
      const at = firstResult + 3 * place;
      if (this.#isOverdue) {
        decisions.learn(meters, sentMs, values, at);
        continue;
      }
      const verdict = decisions.byRedis(meters, sentMs, values, at);
      if (verdict !== undefined) resolve(verdict);
    }
    return true;
  }

  /** There is an answer, or there will be none. */
  release(): void {
    for (const { meters } of this.requests) for (const meter of meters) meter.underWay -= 1;
  }
}
