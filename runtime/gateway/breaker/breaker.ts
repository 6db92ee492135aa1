import type { Outcome } from "../stage.ts";

export type CircuitState = "closed" | "half_open" | "open";

/** Leave to make one call. It is good for one state of the breaker: a late result does not change a later one. */
export interface Permit {
  /** It tries whether the other side is back. */
  readonly probe: boolean;
  /** Longest that the call may take to the head of its answer; no bound of the breaker's own where it is no probe. */
  readonly probeDeadlineMs: number;
  /** Ends the call, once; further calls do nothing. */
  end(outcome: Outcome, durationMs: number): void;
}

export interface BreakerView {
  readonly state: CircuitState;
  /** Why it is not closed; null while it is. */
  readonly reason: string | null;
  /** Until it lets a probe through, in ms; 0 when it does now. */
  readonly retryInMs: number;
  /** What an operator has set, with the time it still holds. */
  readonly forced: { readonly state: "open" | "closed"; readonly forMs: number } | null;
  readonly calls: number;
  readonly failures: number;
  readonly slowCalls: number;
}

export interface Breaker {
  /** @returns null when the call must not be made now */
  tryAcquire(): Permit | null;
  view(): BreakerView;
  /** Holds it open or closed, for so long at most. */
  force(state: "open" | "closed", forMs: number): void;
  /** Closed, with nothing remembered. */
  reset(): void;
}
