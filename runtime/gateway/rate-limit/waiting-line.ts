import type { Decisions } from "./decisions.ts";
import type { Verdict } from "./limiter.ts";
import type { Meter } from "./meter.ts";

/** A request that Redis is to decide on. */
export interface Waiting {
  readonly meters: readonly Meter[];
  readonly enteredMs: number;
  readonly resolve: (verdict: Verdict) => void;
}

/** Checks in one call of the script, which holds up everybody else in Redis: about 2 µs each. */
const maxBatchChecks = 500;
/** Requests that wait to be asked about; for any more this gateway decides at once. */
const maxWaiting = 5000;

/** Requests that Redis has not been asked about yet, in the order in which they came. */
export class WaitingLine {
  readonly #decisions: Decisions;
  #waiting: Waiting[] = [];

  constructor(decisions: Decisions) {
    this.#decisions = decisions;
  }

  get isEmpty(): boolean {
    return this.#waiting.length === 0;
  }

  get isFull(): boolean {
    return this.#waiting.length >= maxWaiting;
  }

  get first(): Waiting | undefined {
    return this.#waiting[0];
  }

  add(waiting: Waiting): void {
    this.#waiting.push(waiting);
  }

  /**
   * Takes as many as may be asked about at once. One stays behind while its limit could be filled by what is asked in this
   * batch already: it is refused here after that answer, and Redis never notes what is then refused.
   */
  takeBatch(nowMs: number): Waiting[] {
    const batch: Waiting[] = [];
    const staying: Waiting[] = [];
    let checks = 0;
    for (const waiting of this.#waiting) {
      const { meters } = waiting;
      const refusal = this.#decisions.refusal(meters, nowMs, true);
      if (refusal !== undefined) {
        waiting.resolve(refusal);
      } else if (checks + meters.length > maxBatchChecks || mayFillUp(meters, nowMs)) {
        staying.push(waiting);
      } else {
        for (const meter of meters) meter.underWay += 1;
        checks += meters.length;
        batch.push(waiting);
      }
    }
    this.#waiting = staying;
    return batch;
  }

  /**
   * Decides here on those that came at this time or before.
   * @returns whether there were any
   */
  decide(enteredByMs: number, nowMs: number): boolean {
    const due = this.#waiting.filter(({ enteredMs }) => enteredMs <= enteredByMs);
    if (due.length === 0) return false;
    this.#waiting = this.#waiting.filter(({ enteredMs }) => enteredMs > enteredByMs);
    for (const { meters, resolve } of due) resolve(this.#decisions.alone(meters, nowMs));
    return true;
  }
}

function mayFillUp(meters: readonly Meter[], nowMs: number): boolean {
  for (const meter of meters) if (meter.mayFillUp(nowMs)) return true;
  return false;
}
