import type { Outcome } from "../stage.ts";
import type { Permit } from "./breaker.ts";

/** Who is told of a call's answer and of its end. */
export interface CallEnds {
  hearAnswer(call: Call): void;
  settle(call: Call, outcome: Outcome, durationMs: number): void;
}

const noDeadline = Number.POSITIVE_INFINITY;

/** A permit, stamped with the state of the breaker it is good for. The only thing that a call through a breaker allocates. */
export class Call implements Permit {
  readonly generation: number;
  readonly probe: boolean;
  readonly probeDeadlineMs: number;
  /** On the breaker's clock; 0 where it is no probe. */
  readonly startedMs: number;
  /** Its answer may be waiting for the client. */
  readonly isUpload: boolean;
  readonly #ends: CallEnds;
  #ended = false;

  private constructor(
    ends: CallEnds,
    generation: number,
    probe: boolean,
    probeDeadlineMs: number,
    startedMs: number,
    isUpload: boolean,
  ) {
    this.#ends = ends;
    this.generation = generation;
    this.probe = probe;
    this.probeDeadlineMs = probeDeadlineMs;
    this.startedMs = startedMs;
    this.isUpload = isUpload;
  }

  static plain(ends: CallEnds, generation: number, isUpload: boolean): Call {
    return new Call(ends, generation, false, noDeadline, 0, isUpload);
  }

  static probe(ends: CallEnds, generation: number, deadlineMs: number, nowMs: number): Call {
    return new Call(ends, generation, true, deadlineMs, nowMs, false);
  }

  answered(): void {
    if (!this.#ended) this.#ends.hearAnswer(this);
  }

  end(outcome: Outcome, durationMs: number): void {
    if (this.#ended) return;
    this.#ended = true;
    this.#ends.settle(this, outcome, durationMs);
  }
}
