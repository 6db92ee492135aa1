import type { Outcome } from "../stage.ts";

export type CircuitState = "closed" | "half_open" | "open";

/** Why a breaker changed. Bounded, so that it can be a label. */
export type ChangeReason =
  | "failure_rate"
  | "failures"
  | "silence"
  | "slow_calls"
  | "connect_failures"
  | "probe_failed"
  /** Nobody is there to be asked. */
  | "no_instance"
  /** All that are known refused a connection. */
  | "refused"
  /** It was open for long enough. */
  | "back_off_over"
  /** The other side was away, and answers the gateway's own check. */
  | "reachable"
  | "instance_back"
  | "probes_passed"
  | "forced"
  | "force_ended"
  | "reset";

/** Leave to make one call. It is good for one state of the breaker: a late result does not change a later one. */
export interface Permit {
  /** It tries whether the other side is back. */
  readonly probe: boolean;
  /** Longest that the call may take to the head of its answer; no bound of the breaker's own where it is no probe. */
  readonly probeDeadlineMs: number;
  /** The head of an answer came, whatever it says. */
  answered(): void;
  /**
   * Ends the call, once; further calls do nothing.
   * @param durationMs to the head of the answer, or to the failure
   */
  end(outcome: Outcome, durationMs: number): void;
}

export interface BreakerView {
  readonly state: CircuitState;
  /** Why it is not closed; null while it is. */
  readonly reason: string | null;
  /** Until it lets a probe through, in ms; 0 when it does now. An estimate while nobody is there to be asked. */
  readonly retryInMs: number;
  /** What an operator has set, with the time it still holds. */
  readonly forced: { readonly state: "open" | "closed"; readonly forMs: number } | null;
  /** In the window, which is the last ten seconds. */
  readonly calls: number;
  readonly failures: number;
  readonly slowCalls: number;
}

export interface Breaker {
  /**
   * @param isUpload the body is passed on as the client sends it, so that the answer may be waiting for the client. @default false
   * @returns null when the call must not be made now
   */
  tryAcquire(isUpload?: boolean): Permit | null;
  view(): BreakerView;
  /** Holds it open or closed, for so long at most. */
  force(state: "open" | "closed", forMs: number): void;
  /** Closed, with nothing remembered. */
  reset(): void;
}

export interface Cause {
  readonly reason: ChangeReason;
  /** The reason in words, as the end of a sentence about the service or the instance. */
  readonly detail: string;
}

/** What happened to a breaker, as those hear it who watch it. */
export interface StateChange extends Cause {
  readonly from: CircuitState;
  readonly to: CircuitState;
}
