import fc from "fast-check";
import { expect, test } from "vitest";
import type { Outcome } from "../stage.ts";
import type { CircuitState, Permit, StateChange } from "./breaker.ts";
import { Circuit } from "./circuit.ts";
import { type BreakerRules, defaultRules } from "./rules.ts";

/** Small, so that every state is reached within a few commands. */
const rules: BreakerRules = {
  ...defaultRules,
  minimumCalls: 4,
  connectFailures: 3,
  failures: 5,
  slowMs: 100,
  probeDeadlineMs: 300,
  maxOpenMs: 4000,
  readyOpenMs: 1500,
};

test("the breaker does what a plain model of it says, whatever happens in whatever order", () => {
  fc.assert(
    fc.property(fc.array(step, { maxLength: 120 }), (steps) => {
      const run = new Run();
      for (const { make, look } of steps) {
        make(run);
        if (look) run.compare();
      }
      run.compare();
      run.expectItComesBack();
    }),
    { numRuns: 3000 },
  );
});

/** What is true of a breaker, written for reading and not for speed: a list of calls, and rules over it. */
class Model {
  nowMs = 1_000_000;
  machine: "closed" | "half_open" | "open" = "closed";
  epoch = 0;
  calls: { atTick: number; failed: boolean; slow: boolean }[] = [];
  refusals = 0;
  failuresInARow = 0;
  /** Calls that were begun since the last answer, and since when. */
  waiting = 0;
  waitingSinceMs = 0;
  wasSilent = false;
  timesOpened = 0;
  openedAtMs = 0;
  retryAtMs = 0;
  away = false;
  /** Times at which the probes began that are under way. */
  probes: { id: number; atMs: number }[] = [];
  good = 0;
  forced: { state: "open" | "closed"; untilMs: number } | undefined;
  nobodyThere = false;

  get shown(): CircuitState {
    return this.forced?.state ?? (this.nobodyThere ? "open" : this.machine);
  }

  get inWindow() {
    const tick = Math.floor(this.nowMs / rules.bucketMs);
    return this.calls.filter(({ atTick }) => atTick > tick - rules.buckets);
  }

  /** Forced states end, and open becomes half-open. */
  passTime(ms: number): void {
    this.nowMs += ms;
    if (this.forced !== undefined && this.nowMs >= this.forced.untilMs) {
      this.forced = undefined;
      this.startAfresh();
    }
    if (this.machine === "open" && !this.nobodyThere && this.nowMs >= this.retryAtMs)
      this.tryAgain();
  }

  startAfresh(): void {
    this.epoch += 1;
    this.machine = "closed";
    this.timesOpened = 0;
    this.forgetCalls();
  }

  forgetCalls(): void {
    this.calls = [];
    this.refusals = 0;
    this.failuresInARow = 0;
    this.waiting = 0;
    this.wasSilent = false;
  }

  tryAgain(): void {
    this.epoch += 1;
    this.machine = "half_open";
    this.probes = [];
    this.good = 0;
  }

  open(away: boolean, leastMs = 0): void {
    this.epoch += 1;
    this.machine = "open";
    this.timesOpened += 1;
    this.openedAtMs = this.nowMs;
    const openMs = Math.min(rules.maxOpenMs, rules.firstOpenMs * 2 ** (this.timesOpened - 1));
    this.retryAtMs = this.nowMs + Math.max(openMs, leastMs);
    this.away = away;
  }

  /** @returns whether a call may be made */
  acquire(id: number): boolean {
    if (this.shown === "open") return false;
    if (this.shown === "closed") {
      if (this.waiting === 0) this.waitingSinceMs = this.nowMs;
      this.waiting += 1;
      return true;
    }
    if (this.probes.length >= rules.probes) {
      this.probes = this.probes.filter(({ atMs }) => atMs > this.nowMs - 2 * rules.probeDeadlineMs);
    }
    if (this.probes.length >= rules.probes) return false;
    this.probes.push({ id, atMs: this.nowMs });
    return true;
  }

  end(id: number, epoch: number, outcome: Outcome, tookMs: number): void {
    if (epoch !== this.epoch) return;
    const slow = tookMs > rules.slowMs;
    this.waiting = outcome === "success" ? 0 : Math.max(0, this.waiting - 1);
    if (this.machine === "half_open") {
      this.probes = this.probes.filter((probe) => probe.id !== id);
      if (outcome === "ignored") return;
      if (outcome !== "success" || slow) this.open(outcome === "connect_failure");
      else if (++this.good === rules.closeAfter) this.startAfresh();
      return;
    }
    if (outcome === "ignored") return;
    const failed = outcome !== "success";
    this.calls.push({ atTick: Math.floor(this.nowMs / rules.bucketMs), failed, slow });
    this.refusals = outcome === "connect_failure" ? this.refusals + 1 : 0;
    this.failuresInARow = failed ? this.failuresInARow + 1 : 0;
    if (this.forced !== undefined) return;
    const window = this.inWindow;
    const share = (picked: { failed: boolean }[]) => picked.length / window.length;
    if (this.refusals >= rules.connectFailures) this.open(true);
    else if (this.failuresInARow >= rules.failures) this.open(false);
    else if (window.length < rules.minimumCalls) return;
    else if (share(window.filter((call) => call.failed)) >= 0.5) this.open(false);
    else if (share(window.filter((call) => call.slow)) >= 0.5) this.open(false);
  }

  look(): void {
    this.passTime(0);
    if (this.nobodyThere) return;
    const isSilent =
      this.machine === "closed" &&
      this.forced === undefined &&
      this.waiting >= rules.minimumCalls &&
      this.nowMs - this.waitingSinceMs > rules.silentMs;
    if (isSilent && this.wasSilent) this.open(false, rules.silentOpenMs);
    this.wasSilent = isSilent;
  }
}

/** The model and the real one, side by side on one clock. */
class Run {
  readonly model = new Model();
  readonly changes: StateChange[] = [];
  readonly circuit = new Circuit({
    rules: { ...rules, jitter: 0 },
    clock: { nowMs: () => this.model.nowMs },
    random: { hex: () => "", fraction: () => 0.5 },
    onChange: (change) => this.changes.push(change),
  });
  readonly permits: { id: number; epoch: number; permit: Permit; ended: boolean }[] = [];

  acquire(): void {
    this.model.passTime(0);
    const id = this.permits.length;
    const allowed = this.model.acquire(id);
    const permit = this.circuit.tryAcquire();
    expect(permit !== null).toBe(allowed);
    if (permit === null) return;
    expect(permit.probe).toBe(this.model.shown === "half_open");
    expect(permit.probeDeadlineMs).toBe(permit.probe ? rules.probeDeadlineMs : Infinity);
    this.permits.push({ id, epoch: this.model.epoch, permit, ended: false });
  }

  /** Of any call that was ever begun, also one that has ended, or began in a state long over. */
  end(which: number, outcome: Outcome, tookMs: number): void {
    const call = this.permits[which % Math.max(1, this.permits.length)];
    if (call === undefined) return;
    if (!call.ended) this.model.end(call.id, call.epoch, outcome, tookMs);
    call.ended = true;
    call.permit.end(outcome, tookMs);
  }

  answer(which: number): void {
    const call = this.permits[which % Math.max(1, this.permits.length)];
    if (call === undefined) return;
    if (!call.ended && call.epoch === this.model.epoch) this.model.waiting = 0;
    call.permit.answered();
  }

  compare(): void {
    const { model, circuit } = this;
    const view = circuit.view();
    model.passTime(0);
    const { inWindow } = model;
    expect(view).toMatchObject({
      state: model.shown,
      calls: inWindow.length,
      failures: inWindow.filter(({ failed }) => failed).length,
      slowCalls: inWindow.filter(({ slow }) => slow).length,
    });
    expect(view.reason === null).toBe(view.state === "closed");
    expect(view.forced?.state).toBe(model.forced?.state);
    if (model.forced === undefined && !model.nobodyThere) {
      const left = model.machine === "open" ? model.retryAtMs - model.nowMs : 0;
      expect(view.retryInMs).toBe(left);
    }
    // Those who watch see every state once, in a chain without gaps, and what they saw last is what is.
    for (const [index, { from, to }] of this.changes.entries()) {
      expect(from).toBe(this.changes[index - 1]?.to ?? "closed");
      expect(to).not.toBe(from);
    }
    expect(this.changes.at(-1)?.to ?? "closed").toBe(view.state);
    expect(circuit.view()).toEqual(view);
  }

  /** Never stuck: when nobody holds it, it is tried again within the longest open time, and good calls close it. */
  expectItComesBack(): void {
    this.circuit.unblock();
    this.model.nowMs += 60_000 + rules.maxOpenMs;
    for (let count = 0; count < rules.closeAfter; count += 1) {
      const permit = this.circuit.tryAcquire();
      expect(permit).not.toBeNull();
      permit?.end("success", 1);
    }
    expect(this.circuit.view().state).toBe("closed");
  }
}

type Command = (run: Run) => void;

const acquire: Command = (run) => run.acquire();

const end = fc
  .tuple(
    fc.nat(200),
    fc.constantFrom<Outcome>("success", "success", "failure", "connect_failure", "ignored"),
    fc.constantFrom(1, 100, 101),
  )
  .map(
    ([which, outcome, tookMs]): Command =>
      (run) =>
        run.end(which, outcome, tookMs),
  );

const answer = fc.nat(200).map(
  (which): Command =>
    (run) =>
      run.answer(which),
);

/** A few that wait, and a look or two a while later. */
const silence = fc
  .tuple(fc.integer({ min: 3, max: 5 }), fc.constantFrom(1000, 1001, 1100), fc.nat(3))
  .map(([count, ms, looks]): Command => (run) => {
    for (let made = 0; made < count; made += 1) run.acquire();
    run.model.passTime(ms);
    for (let made = 0; made < looks; made += 1) look(run);
  });

const look: Command = ({ circuit, model }) => {
  circuit.look();
  model.look();
};

/** The last call that was begun, so that short runs of good and bad calls come up often. */
const call = fc
  .tuple(
    fc.constantFrom<Outcome>("success", "failure", "connect_failure", "ignored"),
    fc.constantFrom(1, 101),
  )
  .map(([outcome, tookMs]): Command => (run) => {
    run.acquire();
    run.end(run.permits.length - 1, outcome, tookMs);
  });

/** A few in a row, so that it opens, or closes again. */
const calls = fc
  .tuple(
    fc.constantFrom<Outcome>("success", "failure", "connect_failure"),
    fc.integer({ min: 3, max: 4 }),
  )
  .map(([outcome, count]): Command => (run) => {
    for (let made = 0; made < count; made += 1) {
      run.acquire();
      run.end(run.permits.length - 1, outcome, 1);
    }
  });

/** To the moment at which it is tried again, or just before. */
const wait = fc.constantFrom(0, 0, 0, 1).map((earlierMs): Command => ({ model }) => {
  if (model.machine === "open")
    model.passTime(Math.max(0, model.retryAtMs - model.nowMs - earlierMs));
});

const advance = fc.oneof(fc.constantFrom(499, 500, 501, 999, 1000, 10_000), fc.nat(5000)).map(
  (ms): Command =>
    (run) =>
      run.model.passTime(ms),
);

const force = fc
  .tuple(fc.constantFrom("open" as const, "closed" as const), fc.constantFrom(100, 3000))
  .map(([state, forMs]): Command => (run) => {
    run.circuit.force(state, forMs);
    run.model.startAfresh();
    run.model.forced = { state, untilMs: run.model.nowMs + forMs };
  });

const reset: Command = (run) => {
  run.circuit.reset();
  run.model.startAfresh();
  run.model.forced = undefined;
};

const block: Command = ({ circuit, model }) => {
  circuit.block({ reason: "no_instance", detail: "no instance of it is registered" });
  if (model.nobodyThere) return;
  model.nobodyThere = true;
  model.epoch += 1;
  model.forgetCalls();
};

const unblock: Command = ({ circuit, model }) => {
  circuit.unblock();
  if (!model.nobodyThere) return;
  model.nobodyThere = false;
  model.epoch += 1;
  if (model.machine !== "closed") model.tryAgain();
};

const hearReady: Command = ({ circuit, model }) => {
  circuit.hearReady();
  if (model.machine !== "open") return;
  const soonestMs = model.openedAtMs + (model.away ? rules.firstOpenMs : rules.readyOpenMs);
  model.retryAtMs = Math.min(model.retryAtMs, soonestMs);
  model.passTime(0);
};

const hearAway: Command = ({ circuit, model }) => {
  circuit.hearAway(1500);
  if (model.machine !== "open") return;
  model.away = true;
  const heldUntilMs = Math.min(model.nowMs + 1500, model.openedAtMs + rules.maxOpenMs);
  model.retryAtMs = Math.max(model.retryAtMs, heldUntilMs);
};

const hearNew: Command = ({ circuit, model }) => {
  circuit.hearNew();
  if (model.machine !== "open") return;
  model.retryAtMs = 0;
  model.passTime(0);
};

const command = fc.oneof(
  { weight: 8, arbitrary: fc.constant(acquire) },
  { weight: 8, arbitrary: end },
  { weight: 12, arbitrary: call },
  { weight: 6, arbitrary: calls },
  { weight: 2, arbitrary: answer },
  { weight: 2, arbitrary: silence },
  { weight: 2, arbitrary: fc.constant(look) },
  { weight: 6, arbitrary: wait },
  { weight: 6, arbitrary: advance },
  { weight: 1, arbitrary: force },
  { weight: 3, arbitrary: fc.constantFrom(hearReady, hearAway, hearAway, hearNew) },
  { weight: 1, arbitrary: fc.constantFrom(reset, block, unblock, unblock) },
);

/** Time passes unseen until somebody looks, so not every step is followed by a look. */
const step = fc.record({ make: command, look: fc.boolean() });
