import type { Clock, Random } from "../../kit/clock.ts";
import type { Outcome } from "../stage.ts";
import type { Cause, CircuitState, Permit, StateChange } from "./breaker.ts";
import { Call, type CallEnds } from "./call.ts";
import { CallWindow } from "./call-window.ts";
import { areRatesGood, judgeCalls } from "./judge-calls.ts";
import { Probes } from "./probes.ts";
import { type BreakerRules, openForMs } from "./rules.ts";
import { Waiting } from "./waiting.ts";

export interface StateMachineOptions {
  readonly rules: BreakerRules;
  /** Must not go backwards. */
  readonly clock: Clock;
  readonly random: Random;
  readonly onChange: (change: StateChange) => void;
  /** Asked when a rule says that it should open: whether it stays closed all the same. @default never */
  readonly isSpared?: () => boolean;
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
  | { readonly name: "half_open"; readonly cause: Cause; readonly probes: Probes };

const closed: State = { name: "closed" };

/**
 * What calls and time make of a breaker: closed, open, half-open. Time moves it from open to half-open when somebody asks, so
 * there is no timer. Every change begins a new generation, and the end of a call counts in the generation it began in only.
 */
export class StateMachine implements CallEnds {
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
  readonly #inARow = { failures: 0, connectFailures: 0 };
  readonly #waiting = new Waiting();
  #wasSilent = false;
  /** Whether calls are judged; if not, they are counted only. */
  judges = true;

  constructor({ rules, clock, random, onChange, isSpared }: StateMachineOptions) {
    this.#rules = rules;
    this.#clock = clock;
    this.#random = random;
    this.#onChange = onChange;
    this.#isSpared = isSpared ?? (() => false);
    this.#window = new CallWindow(rules.buckets, rules.bucketMs);
  }

  get state(): CircuitState {
    return this.#state.name;
  }

  /** Why it is not closed; null while it is. */
  get cause(): Cause | null {
    return this.#state.name === "closed" ? null : this.#state.cause;
  }

  /** @returns null when the call must not be made now */
  tryAcquire(isUpload = false): Permit | null {
    const state = this.#state;
    if (state.name === "closed") {
      if (!isUpload) this.#waiting.begin(this.#clock);
      return Call.plain(this, this.#generation, isUpload);
    }
    const nowMs = this.#clock.nowMs();
    if (state.name === "open" || !state.probes.hasPlace(nowMs)) return null;
    const call = Call.probe(this, this.#generation, this.#rules.probeDeadlineMs, nowMs);
    state.probes.begin(call);
    return call;
  }

  accepts(): boolean {
    const state = this.#state;
    if (state.name === "half_open") return state.probes.hasPlace(this.#clock.nowMs());
    return state.name === "closed";
  }

  hearAnswer(call: Call): void {
    if (call.generation === this.#generation) this.#waiting.hearAnswer();
  }

  settle(call: Call, outcome: Outcome, durationMs: number): void {
    if (call.generation !== this.#generation) return;
    if (outcome === "success") this.#waiting.hearAnswer();
    else if (!call.isUpload) this.#waiting.end();
    const isSlow = durationMs > this.#rules.slowMs;
    if (this.#state.name === "half_open") this.#settleProbe(call, outcome, isSlow);
    else if (outcome !== "ignored") this.#count(outcome, isSlow);
  }

  /** What the calls of the last seconds were. */
  window(): CallWindow {
    this.#window.moveTo(this.#clock.nowMs());
    return this.#window;
  }

  hasGoodRates(): boolean {
    return areRatesGood(this.window(), this.#rules);
  }

  /** Moves it on to what the time says. */
  tick(reason: keyof typeof retryTexts = "back_off_over"): void {
    const state = this.#state;
    if (state.name !== "open" || this.#clock.nowMs() < state.retryAtMs) return;
    this.retry();
    this.#onChange({ from: "open", to: "half_open", reason, detail: retryTexts[reason] });
  }

  /**
   * Opens when nothing has been answered for too long: when that is so at two looks in a row. After a pause of this process itself
   * answers may be there that nobody has read yet, and between two looks they are.
   */
  look(): void {
    const { minimumCalls, silentMs, silentOpenMs } = this.#rules;
    const forMs = this.#waiting.silentForMs(this.#clock, minimumCalls);
    const isSilent = this.judges && this.#state.name === "closed" && forMs > silentMs;
    if (isSilent && this.#wasSilent && !this.#isSpared()) {
      const detail = `nothing was answered for ${(forMs / 1000).toFixed(1)} s`;
      this.#open({ reason: "silence", detail }, false, silentOpenMs);
      this.#onChange({ from: "closed", to: "open", reason: "silence", detail });
    }
    this.#wasSilent = isSilent;
  }

  retryInMs(): number {
    const state = this.#state;
    return state.name === "open" ? Math.max(0, state.retryAtMs - this.#clock.nowMs()) : 0;
  }

  /** See `Circuit`. */
  hearReady(): void {
    const state = this.#state;
    if (state.name !== "open") return;
    const { firstOpenMs, readyOpenMs } = this.#rules;
    const waitMs = state.wasAway ? firstOpenMs : readyOpenMs;
    state.retryAtMs = Math.min(state.retryAtMs, state.sinceMs + waitMs);
  }

  /** See `Circuit`. */
  hearAway(againInMs: number): void {
    const state = this.#state;
    if (state.name !== "open") return;
    state.wasAway = true;
    const heldUntilMs = this.#clock.nowMs() + againInMs;
    const latestMs = state.sinceMs + this.#rules.maxOpenMs;
    state.retryAtMs = Math.max(state.retryAtMs, Math.min(heldUntilMs, latestMs));
  }

  /** See `Circuit`. */
  hearNew(): void {
    if (this.#state.name === "open") this.#state.retryAtMs = 0;
  }

  /** Half-open now, unless it is closed. Nobody is told. */
  retry(): void {
    if (this.#state.name === "closed") return;
    this.#enter({ name: "half_open", cause: this.#state.cause, probes: new Probes(this.#rules) });
  }

  /** Closed, with nothing remembered. Nobody is told. */
  forget(): void {
    this.#openings = 0;
    this.#enter(closed);
    this.forgetCalls();
  }

  /** The calls that were made, and those that are under way. */
  forgetCalls(): void {
    this.#generation += 1;
    this.#window.clear();
    this.#inARow.failures = 0;
    this.#inARow.connectFailures = 0;
    this.#waiting.hearAnswer();
    this.#wasSilent = false;
  }

  #count(outcome: Outcome, isSlow: boolean): void {
    this.#window.record(this.#clock.nowMs(), outcome !== "success", isSlow);
    const inARow = this.#inARow;
    inARow.failures = outcome === "success" ? 0 : inARow.failures + 1;
    inARow.connectFailures = outcome === "connect_failure" ? inARow.connectFailures + 1 : 0;
    if (!this.judges) return;
    const cause = judgeCalls(this.#window, inARow, this.#rules);
    if (cause === null || this.#isSpared()) return;
    this.#open(cause, cause.reason === "connect_failures");
    this.#onChange({ from: "closed", to: "open", ...cause });
  }

  #settleProbe(call: Call, outcome: Outcome, isSlow: boolean): void {
    const state = this.#state;
    if (state.name !== "half_open") return;
    state.probes.end(call);
    if (outcome === "ignored") return;
    if (outcome !== "success" || isSlow) {
      const cause: Cause = { reason: "probe_failed", detail: state.cause.detail };
      this.#open(cause, outcome === "connect_failure");
      this.#onChange({ from: "half_open", to: "open", ...cause });
      return;
    }
    state.probes.passed += 1;
    if (state.probes.passed < this.#rules.closeAfter) return;
    const detail = `${state.probes.passed} calls went well`;
    this.forget();
    this.#onChange({ from: "half_open", to: "closed", reason: "probes_passed", detail });
  }

  #open(cause: Cause, wasAway: boolean, leastMs = 0): void {
    this.#openings += 1;
    const sinceMs = this.#clock.nowMs();
    const fullMs = openForMs(this.#rules, this.#openings, this.#random.fraction());
    const openMs = Math.max(fullMs, leastMs);
    this.#enter({ name: "open", cause, sinceMs, retryAtMs: sinceMs + openMs, wasAway });
  }

  #enter(state: State): void {
    this.#state = state;
    this.#generation += 1;
  }
}

const retryTexts = {
  back_off_over: "it was open for long enough",
  reachable: "it is ready again",
  instance_back: "an instance of it is there",
} as const;
