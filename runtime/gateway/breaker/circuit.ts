import type { Clock, Random } from "../../kit/clock.ts";
import { retryAfterSeconds } from "../../kit/errors.ts";
import type { Outcome } from "../stage.ts";
import type {
  Breaker,
  BreakerView,
  ChangeReason,
  CircuitState,
  Permit,
  StateChange,
} from "./breaker.ts";
import { CallWindow } from "./call-window.ts";
import { type BreakerRules, openForMs } from "./rules.ts";

export interface CircuitOptions {
  readonly rules: BreakerRules;
  /** Must not go backwards. */
  readonly clock: Clock;
  readonly random: Random;
  readonly onChange: (change: StateChange) => void;
  /** Asked when a rule says that it should open: whether it stays closed all the same. @default never */
  readonly isSpared?: () => boolean;
}

interface Cause {
  readonly reason: ChangeReason;
  readonly detail: string;
}

type State =
  | { readonly name: "closed" }
  | {
      readonly name: "open";
      readonly cause: Cause;
      readonly sinceMs: number;
      /** When it becomes half-open. */
      retryAtMs: number;
      /** The other side did not answer since, so that its next answer is news. */
      wasAway: boolean;
    }
  | {
      readonly name: "half_open";
      readonly cause: Cause;
      probes: readonly Call[];
      passed: number;
    };

const closed: State = { name: "closed" };

/**
 * The state machine of one breaker. Time moves it from open to half-open, and ends what an operator has set; that happens
 * when somebody asks, so there is no timer. Every change begins a new generation, and a permit counts in its own only.
 *
 * What is seen is the first of these that holds: what an operator has set; open, while nobody is there to be asked; the state
 * that the calls have led to.
 */
export class Circuit implements Breaker {
  readonly #rules: BreakerRules;
  readonly #clock: Clock;
  readonly #random: Random;
  readonly #onChange: (change: StateChange) => void;
  readonly #isSpared: () => boolean;
  readonly #window: CallWindow;
  #state: State = closed;
  #generation = 0;
  /** Times it opened since it was closed. */
  #openings = 0;
  #connectFailures = 0;
  #forced: { readonly state: "open" | "closed"; readonly untilMs: number } | null = null;
  #blocked: Cause | null = null;

  constructor({ rules, clock, random, onChange, isSpared }: CircuitOptions) {
    this.#rules = rules;
    this.#clock = clock;
    this.#random = random;
    this.#onChange = onChange;
    this.#isSpared = isSpared ?? (() => false);
    this.#window = new CallWindow(rules.buckets, rules.bucketMs);
  }

  tryAcquire(): Permit | null {
    if (!this.#isPlainClosed()) this.tick();
    switch (this.state()) {
      case "closed":
        return new Call(this, this.#generation, noDeadline, 0);
      case "open":
        return null;
      case "half_open":
        return this.#acquireProbe();
    }
  }

  /** What is seen from outside, as of the last time that anything moved it on. */
  state(): CircuitState {
    if (this.#forced !== null) return this.#forced.state;
    return this.#blocked === null ? this.#state.name : "open";
  }

  /** Whether a call would be let through now. */
  accepts(): boolean {
    if (this.#isPlainClosed()) return true;
    this.tick();
    const state = this.state();
    return state === "closed" || (state === "half_open" && this.#hasFreeProbe());
  }

  /** Whether its own calls give no reason to doubt the other side. */
  isWell(): boolean {
    this.#window.moveTo(this.#clock.nowMs());
    const { calls, failures, slowCalls } = this.#window;
    const { failurePercent, slowPercent } = this.#rules;
    return (
      this.state() === "closed" &&
      (calls === 0 ||
        (failures * 100 < calls * failurePercent && slowCalls * 100 < calls * slowPercent))
    );
  }

  view(): BreakerView {
    this.tick();
    const nowMs = this.#clock.nowMs();
    this.#window.moveTo(nowMs);
    const { calls, failures, slowCalls } = this.#window;
    const forced = this.#forced;
    return {
      state: this.state(),
      reason: this.#reason(),
      retryInMs: this.#retryInMs(nowMs),
      forced: forced === null ? null : { state: forced.state, forMs: forced.untilMs - nowMs },
      calls,
      failures,
      slowCalls,
    };
  }

  force(state: "open" | "closed", forMs: number): void {
    const untilMs = this.#clock.nowMs() + forMs;
    this.#change({ reason: "forced", detail: `an operator holds it ${state}` }, () => {
      this.#forget();
      this.#forced = { state, untilMs };
    });
  }

  reset(): void {
    this.#change({ reason: "reset", detail: "an operator has reset it" }, () => {
      this.#forget();
      this.#forced = null;
    });
  }

  /** Nobody is there to be asked: open until `unblock`, whatever the calls say. */
  block(cause: Cause): void {
    if (this.#blocked?.detail === cause.detail) return;
    this.#change(cause, () => {
      // What was seen of those who are gone says nothing of those who will come.
      if (this.#blocked === null) this.#forgetCalls();
      this.#blocked = cause;
    });
  }

  unblock(): void {
    if (this.#blocked === null) return;
    this.#change({ reason: "instance_back", detail: "an instance of it is there" }, () => {
      this.#blocked = null;
      if (this.#state.name !== "closed") this.#halfOpen(this.#state.cause);
    });
  }

  /**
   * The gateway's own check was answered. Who was away and is back is tried at once, but not in the first moments; who says
   * all the time that it is ready, while calls fail, is tried every few seconds.
   */
  hearReady(): void {
    const state = this.#state;
    if (state.name !== "open") return;
    const { firstOpenMs, readyOpenMs } = this.#rules;
    const atMs = state.sinceMs + (state.wasAway ? firstOpenMs : readyOpenMs);
    state.retryAtMs = Math.min(state.retryAtMs, atMs);
    this.tick("reachable");
  }

  /** The gateway's own check failed, so there is no use in a user's request: not before the longest open time. */
  hearAway(againInMs: number): void {
    const state = this.#state;
    if (state.name !== "open") return;
    state.wasAway = true;
    const latestMs = state.sinceMs + this.#rules.maxOpenMs;
    const heldUntilMs = Math.min(this.#clock.nowMs() + againInMs, latestMs);
    state.retryAtMs = Math.max(state.retryAtMs, heldUntilMs);
  }

  /** Somebody came who was not there before. */
  hearNew(): void {
    if (this.#state.name !== "open") return;
    this.#state.retryAtMs = 0;
    this.tick("instance_back");
  }

  /** Whether nobody is there to be asked. */
  isBlocked(): boolean {
    return this.#blocked !== null;
  }

  /** Whether the calls have led to it being open, whatever else holds. */
  isTripped(): boolean {
    return this.#state.name === "open";
  }

  /** Moves it on to what the time says. */
  tick(reason: "back_off_over" | "reachable" | "instance_back" = "back_off_over"): void {
    if (this.#isPlainClosed()) return;
    const nowMs = this.#clock.nowMs();
    if (this.#forced !== null && nowMs >= this.#forced.untilMs) {
      this.#change({ reason: "force_ended", detail: "what an operator had set is over" }, () => {
        this.#forget();
        this.#forced = null;
      });
    }
    const state = this.#state;
    if (state.name !== "open" || this.#blocked !== null || nowMs < state.retryAtMs) return;
    this.#change({ reason, detail: changeTexts[reason] }, () => this.#halfOpen(state.cause));
  }

  /** The end of a call, told by its permit. */
  settle(call: Call, outcome: Outcome, durationMs: number): void {
    if (call.generation !== this.#generation) return;
    const state = this.#state;
    const isSlow = durationMs > this.#rules.slowMs;
    if (state.name === "half_open") this.#settleProbe(state, call, outcome, isSlow);
    else if (outcome !== "ignored") this.#count(outcome, isSlow);
  }

  #count(outcome: Outcome, isSlow: boolean): void {
    this.#window.record(this.#clock.nowMs(), outcome !== "success", isSlow);
    this.#connectFailures = outcome === "connect_failure" ? this.#connectFailures + 1 : 0;
    if (this.#forced !== null) return;
    const cause = this.#judge();
    if (cause !== null && !this.#isSpared()) {
      const wasAway = cause.reason === "connect_failures";
      this.#change(cause, () => this.#open(cause, wasAway));
    }
  }

  #judge(): Cause | null {
    const { connectFailures, minimumCalls, failurePercent, slowPercent, slowMs } = this.#rules;
    const { calls, failures, slowCalls } = this.#window;
    if (this.#connectFailures >= connectFailures) {
      const detail = `${this.#connectFailures} connections in a row could not be made`;
      return { reason: "connect_failures", detail };
    }
    if (calls < minimumCalls) return null;
    if (failures * 100 >= calls * failurePercent) {
      return { reason: "failure_rate", detail: `${failures} of the last ${calls} calls failed` };
    }
    if (slowCalls * 100 >= calls * slowPercent) {
      const detail = `${slowCalls} of the last ${calls} calls took longer than ${slowMs} ms`;
      return { reason: "slow_calls", detail };
    }
    return null;
  }

  #acquireProbe(): Permit | null {
    const state = this.#state;
    if (state.name !== "half_open" || !this.#hasFreeProbe()) return null;
    const { probeDeadlineMs } = this.#rules;
    const call = new Call(this, this.#generation, probeDeadlineMs, this.#clock.nowMs());
    state.probes = [...state.probes, call];
    return call;
  }

  /** A probe holds its place for a time only: one whose answer is long, or whose end is never told, does not bar the others. */
  #hasFreeProbe(): boolean {
    const state = this.#state;
    if (state.name !== "half_open") return false;
    const { probes, probeDeadlineMs } = this.#rules;
    const oldestMs = this.#clock.nowMs() - probeDeadlineMs * leaseFactor;
    if (state.probes.length < probes) return true;
    state.probes = state.probes.filter(({ startedMs }) => startedMs > oldestMs);
    return state.probes.length < probes;
  }

  #settleProbe(
    state: State & { readonly name: "half_open" },
    call: Call,
    outcome: Outcome,
    isSlow: boolean,
  ): void {
    state.probes = state.probes.filter((probe) => probe !== call);
    if (outcome === "ignored") return;
    if (outcome !== "success" || isSlow) {
      const { detail } = state.cause;
      const cause: Cause = { reason: "probe_failed", detail };
      this.#change(cause, () => this.#open(cause, outcome === "connect_failure"));
      return;
    }
    state.passed += 1;
    if (state.passed < this.#rules.closeAfter) return;
    const detail = `${state.passed} calls in a row went well`;
    this.#change({ reason: "probes_passed", detail }, () => this.#forget());
  }

  #open(cause: Cause, wasAway: boolean): void {
    this.#openings += 1;
    const sinceMs = this.#clock.nowMs();
    const openMs = openForMs(this.#rules, this.#openings, this.#random.fraction());
    this.#state = { name: "open", cause, sinceMs, retryAtMs: sinceMs + openMs, wasAway };
  }

  #halfOpen(cause: Cause): void {
    this.#state = { name: "half_open", cause, probes: [], passed: 0 };
  }

  #forget(): void {
    this.#state = closed;
    this.#openings = 0;
    this.#forgetCalls();
  }

  #forgetCalls(): void {
    this.#window.clear();
    this.#connectFailures = 0;
  }

  /** Every change goes through here: it begins a generation, and those who watch hear of what they can see of it. */
  #change({ reason, detail }: Cause, make: () => void): void {
    const from = this.state();
    make();
    this.#generation += 1;
    const to = this.state();
    if (from !== to) this.#onChange({ from, to, reason, detail });
  }

  #isPlainClosed(): boolean {
    return this.#state === closed && this.#forced === null && this.#blocked === null;
  }

  #reason(): string | null {
    if (this.#forced !== null) {
      return this.#forced.state === "open" ? "an operator holds it open" : null;
    }
    if (this.#blocked !== null) return this.#blocked.detail;
    return this.#state.name === "closed" ? null : this.#state.cause.detail;
  }

  #retryInMs(nowMs: number): number {
    if (this.#forced !== null) {
      return this.#forced.state === "open" ? this.#forced.untilMs - nowMs : 0;
    }
    if (this.#blocked !== null) return retryAfterSeconds * 1000;
    return this.#state.name === "open" ? Math.max(0, this.#state.retryAtMs - nowMs) : 0;
  }
}

const changeTexts = {
  back_off_over: "it was open for long enough",
  reachable: "it is ready again",
  instance_back: "an instance of it is there",
} as const;

const noDeadline = Number.POSITIVE_INFINITY;

/** A probe's place is free again after so many of its deadlines. */
const leaseFactor = 2;

class Call implements Permit {
  readonly generation: number;
  readonly probeDeadlineMs: number;
  /** On the breaker's clock; 0 where it is no probe. */
  readonly startedMs: number;
  readonly #circuit: Circuit;
  #ended = false;

  constructor(circuit: Circuit, generation: number, probeDeadlineMs: number, startedMs: number) {
    this.#circuit = circuit;
    this.generation = generation;
    this.probeDeadlineMs = probeDeadlineMs;
    this.startedMs = startedMs;
  }

  get probe(): boolean {
    return this.probeDeadlineMs !== noDeadline;
  }

  end(outcome: Outcome, durationMs: number): void {
    if (this.#ended) return;
    this.#ended = true;
    this.#circuit.settle(this, outcome, durationMs);
  }
}
