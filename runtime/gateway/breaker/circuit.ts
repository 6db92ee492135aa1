import type { Clock } from "../../kit/clock.ts";
import { retryAfterSeconds } from "../../kit/errors.ts";
import type { Breaker, BreakerView, Cause, CircuitState, Permit, StateChange } from "./breaker.ts";
import { StateMachine, type StateMachineOptions } from "./state-machine.ts";

/**
 * One breaker. What is seen is the first of these that holds: what an operator has set; open, while nobody is there to be asked;
 * what calls and time have made of it.
 */
export class Circuit implements Breaker {
  readonly #machine: StateMachine;
  readonly #clock: Clock;
  readonly #onChange: (change: StateChange) => void;
  #forced: { readonly state: "open" | "closed"; readonly untilMs: number } | null = null;
  #blocked: Cause | null = null;
  /** Nothing but calls can change it: no look at the clock is needed. */
  #isPlain = true;

  constructor(options: StateMachineOptions) {
    this.#clock = options.clock;
    this.#onChange = options.onChange;
    this.#machine = new StateMachine({
      ...options,
      onChange: (change) => {
        this.#settleIsPlain();
        options.onChange(change);
      },
    });
  }

  tryAcquire(isUpload = false): Permit | null {
    if (this.#isPlain) return this.#machine.tryAcquire(isUpload);
    this.tick();
    if (this.#forced?.state === "open" || (this.#forced === null && this.#blocked !== null)) {
      return null;
    }
    return this.#machine.tryAcquire(isUpload);
  }

  /** What is seen from outside, as of the last time that anything moved it on. */
  state(): CircuitState {
    if (this.#forced !== null) return this.#forced.state;
    return this.#blocked === null ? this.#machine.state : "open";
  }

  /** Whether a call would be let through now. */
  accepts(): boolean {
    if (this.#isPlain) return true;
    this.tick();
    return this.state() !== "open" && this.#machine.accepts();
  }

  /** Whether its own calls give no reason to doubt the other side. */
  isWell(): boolean {
    return this.state() === "closed" && this.#machine.hasGoodRates();
  }

  /** Whether nobody is there to be asked. */
  isBlocked(): boolean {
    return this.#blocked !== null;
  }

  /** Whether the calls have led to it being open, whatever else holds. */
  isTripped(): boolean {
    return this.#machine.state === "open";
  }

  view(): BreakerView {
    this.tick();
    const { calls, failures, slowCalls } = this.#machine.window();
    const state = this.state();
    const forced =
      this.#forced === null
        ? null
        : { state: this.#forced.state, forMs: this.#forced.untilMs - this.#clock.nowMs() };
    return { state, ...this.#outlook(forced), forced, calls, failures, slowCalls };
  }

  force(state: "open" | "closed", forMs: number): void {
    this.tick();
    const untilMs = this.#clock.nowMs() + forMs;
    this.#change({ reason: "forced", detail: `an operator holds it ${state}` }, () => {
      this.#machine.forget();
      this.#machine.judges = false;
      this.#forced = { state, untilMs };
    });
  }

  reset(): void {
    this.tick();
    this.#change({ reason: "reset", detail: "an operator has reset it" }, () => this.#release());
  }

  /** Nobody is there to be asked: open until `unblock`, whatever the calls say. */
  block(cause: Cause): void {
    if (this.#blocked?.detail === cause.detail) return;
    this.tick();
    this.#change(cause, () => {
      // What was seen of those who are gone says nothing of those who will come.
      if (this.#blocked === null) this.#machine.forgetCalls();
      this.#blocked = cause;
    });
  }

  unblock(): void {
    if (this.#blocked === null) return;
    this.tick();
    this.#change({ reason: "instance_back", detail: "an instance of it is there" }, () => {
      this.#blocked = null;
      this.#machine.retry();
    });
  }

  /**
   * The gateway's own check was answered. Who was away and is back is tried at once, but not in the first moments; who says
   * all the time that it is ready, while calls fail, is tried every few seconds.
   */
  hearReady(): void {
    this.tick();
    this.#machine.hearReady();
    this.tick("reachable");
  }

  /** The gateway's own check failed, so there is no use in a user's request, unless it was open for the longest time. */
  hearAway(againInMs: number): void {
    this.tick();
    this.#machine.hearAway(againInMs);
  }

  /** Somebody came who was not there before. */
  hearNew(): void {
    this.tick();
    this.#machine.hearNew();
    this.tick("instance_back");
  }

  /** To be called ten times a second: nothing else notices a silence, or the time while nobody asks. */
  look(): void {
    this.tick();
    if (this.#blocked === null) this.#machine.look();
  }

  /** Moves it on to what the time says. */
  tick(reason: "back_off_over" | "reachable" | "instance_back" = "back_off_over"): void {
    if (this.#isPlain) return;
    if (this.#forced !== null && this.#clock.nowMs() >= this.#forced.untilMs) {
      const detail = "what an operator had set is over";
      this.#change({ reason: "force_ended", detail }, () => this.#release());
    }
    if (this.#blocked === null) this.#machine.tick(reason);
  }

  #release(): void {
    this.#forced = null;
    this.#machine.judges = true;
    this.#machine.forget();
  }

  #change({ reason, detail }: Cause, make: () => void): void {
    const from = this.state();
    make();
    this.#settleIsPlain();
    const to = this.state();
    if (from !== to) this.#onChange({ from, to, reason, detail });
  }

  #settleIsPlain(): void {
    this.#isPlain =
      this.#forced === null && this.#blocked === null && this.#machine.state === "closed";
  }

  #outlook(forced: BreakerView["forced"]): Pick<BreakerView, "reason" | "retryInMs"> {
    if (forced !== null) {
      return forced.state === "open"
        ? { reason: "an operator holds it open", retryInMs: forced.forMs }
        : { reason: null, retryInMs: 0 };
    }
    if (this.#blocked !== null) {
      return { reason: this.#blocked.detail, retryInMs: retryAfterSeconds * 1000 };
    }
    const { cause } = this.#machine;
    return { reason: cause?.detail ?? null, retryInMs: this.#machine.retryInMs() };
  }
}
