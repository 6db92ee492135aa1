import { describe, expect, it } from "vitest";
import type { Outcome } from "../stage.ts";
import type { StateChange } from "./breaker.ts";
import { Circuit } from "./circuit.ts";
import { type BreakerRules, defaultRules, openForMs } from "./rules.ts";

interface Bench {
  readonly circuit: Circuit;
  readonly changes: StateChange[];
  /** As `from → to: reason`. */
  readonly seen: () => string[];
  readonly pass: (ms: number) => void;
  readonly call: (outcome: Outcome, tookMs?: number) => void;
}

function bench(rules: Partial<BreakerRules> = {}, isSpared = () => false): Bench {
  let nowMs = 5_000_000;
  const changes: StateChange[] = [];
  const circuit = new Circuit({
    rules: { ...defaultRules, jitter: 0, ...rules },
    clock: { nowMs: () => nowMs },
    random: { hex: () => "", fraction: () => 0 },
    onChange: (change) => changes.push(change),
    isSpared,
  });
  return {
    circuit,
    changes,
    seen: () => changes.map(({ from, to, reason }) => `${from} → ${to}: ${reason}`),
    pass: (ms) => {
      nowMs += ms;
    },
    call: (outcome, tookMs = 10) => {
      const permit = circuit.tryAcquire();
      if (permit === null) throw new Error("no permit");
      permit.end(outcome, tookMs);
    },
  };
}

function repeat(count: number, act: () => void): void {
  for (let done = 0; done < count; done += 1) act();
}

describe("what opens a breaker", () => {
  it("half of at least ten calls that failed", () => {
    const { circuit, call, changes } = bench();
    repeat(4, () => call("failure"));
    repeat(5, () => call("success"));
    expect(circuit.state()).toBe("closed");
    call("failure");
    expect(circuit.state()).toBe("open");
    expect(changes).toEqual([
      {
        from: "closed",
        to: "open",
        reason: "failure_rate",
        detail: "5 of the last 10 calls failed",
      },
    ]);
    expect(circuit.tryAcquire()).toBeNull();
  });

  it("a rate that a good call brings to the volume", () => {
    const { circuit, call } = bench();
    repeat(5, () => call("failure"));
    repeat(4, () => call("success"));
    expect(circuit.state()).toBe("closed");
    call("success");
    expect(circuit.state()).toBe("open");
  });

  it("less than half never does", () => {
    const { circuit, call } = bench();
    repeat(100, () => {
      call("success");
      call("success");
      call("failure");
    });
    expect(circuit.state()).toBe("closed");
  });

  it("half of them that were slow", () => {
    const { call, changes } = bench();
    repeat(5, () => call("success", 3000));
    repeat(5, () => call("success", 3001));
    expect(changes).toMatchObject([
      { reason: "slow_calls", detail: "5 of the last 10 calls took longer than 3000 ms" },
    ]);
  });

  it("five connections in a row that could not be made, however seldom", () => {
    const { circuit, call, pass, seen } = bench();
    repeat(4, () => {
      call("connect_failure");
      pass(60_000);
    });
    call("success");
    repeat(4, () => {
      call("connect_failure");
      pass(60_000);
    });
    expect(circuit.state()).toBe("closed");
    call("connect_failure");
    expect(seen()).toEqual(["closed → open: connect_failures"]);
  });

  it("ten failures in a row, in a window that is full of good calls", () => {
    const { call, changes } = bench();
    repeat(500, () => call("success"));
    repeat(9, () => call("failure"));
    call("success");
    repeat(9, () => call("failure"));
    expect(changes).toEqual([]);
    call("failure");
    expect(changes).toMatchObject([{ reason: "failures", detail: "10 calls in a row failed" }]);
  });

  describe("ten calls that wait, and nothing answered for a second", () => {
    it("seen at two looks in a row, since a pause of our own looks the same at first", () => {
      const { circuit, pass, seen, changes } = bench();
      const calls = Array.from({ length: 10 }, () => circuit.tryAcquire());
      pass(1000);
      circuit.look();
      pass(100);
      circuit.look();
      expect(seen()).toEqual([]);
      pass(100);
      circuit.look();
      expect(changes).toMatchObject([
        { to: "open", reason: "silence", detail: "nothing was answered for 1.2 s" },
      ]);
      // What becomes of them is old news.
      for (const call of calls) call?.end("failure", 10_000);
      expect(circuit.view()).toMatchObject({ state: "open", failures: 0 });
    });

    it.each<[string, (bench: Bench) => void]>([
      ["one answer, whatever it is", ({ circuit }) => circuit.tryAcquire()?.answered()],
      ["a good end", ({ call }) => call("success")],
    ])("not after %s", (_name, act) => {
      const made = bench();
      repeat(10, () => made.circuit.tryAcquire());
      act(made);
      made.pass(5000);
      repeat(3, () => made.circuit.look());
      expect(made.seen()).toEqual([]);
    });

    it("not when they may be waiting for their clients", () => {
      const { circuit, pass, seen } = bench();
      repeat(9, () => circuit.tryAcquire());
      const uploads = Array.from({ length: 20 }, () => circuit.tryAcquire(true));
      pass(5000);
      repeat(3, () => circuit.look());
      expect(seen()).toEqual([]);
      for (const upload of uploads) upload?.end("ignored", 10);
      circuit.tryAcquire();
      repeat(3, () => circuit.look());
      expect(seen()).toEqual(["closed → open: silence"]);
    });

    it("not when fewer wait, however long, or when clients leave", () => {
      const { circuit, pass, seen } = bench();
      repeat(8, () => circuit.tryAcquire());
      repeat(5, () => circuit.tryAcquire()?.end("ignored", 10));
      pass(60_000);
      repeat(3, () => circuit.look());
      expect(seen()).toEqual([]);
    });
  });

  it("never what is older than ten seconds", () => {
    const { circuit, call, pass } = bench({ failures: 100 });
    repeat(9, () => call("failure"));
    pass(10_000);
    expect(circuit.view()).toMatchObject({ calls: 0, failures: 0 });
    repeat(9, () => call("failure"));
    expect(circuit.state()).toBe("closed");
    pass(9000);
    call("failure");
    expect(circuit.state()).toBe("open");
  });

  it("never what says nothing of the other side", () => {
    const { circuit, call } = bench();
    repeat(1000, () => call("ignored", 60_000));
    expect(circuit.view()).toMatchObject({ state: "closed", calls: 0, slowCalls: 0 });
  });

  it("never while somebody else deals with it", () => {
    let spared = true;
    const { circuit, call } = bench({}, () => spared);
    repeat(50, () => call("failure"));
    expect(circuit.state()).toBe("closed");
    spared = false;
    call("failure");
    expect(circuit.state()).toBe("open");
  });
});

describe("how it comes back", () => {
  function opened(rules: Partial<BreakerRules> = {}): Bench {
    const made = bench(rules);
    repeat(10, () => made.call("failure"));
    return made;
  }

  it("by itself half-open, without a request, after half a second", () => {
    const { circuit, pass, seen } = opened();
    expect(circuit.view()).toMatchObject({
      state: "open",
      reason: "10 of the last 10 calls failed",
      retryInMs: 500,
    });
    pass(499);
    expect(circuit.view()).toMatchObject({ state: "open", retryInMs: 1 });
    pass(1);
    expect(circuit.view()).toMatchObject({
      state: "half_open",
      reason: "10 of the last 10 calls failed",
      retryInMs: 0,
    });
    expect(seen().at(-1)).toBe("open → half_open: back_off_over");
  });

  it("with three probes at once and a short deadline for each, and closed after three good ones", () => {
    const { circuit, pass, seen } = opened();
    pass(500);
    const probes = [circuit.tryAcquire(), circuit.tryAcquire(), circuit.tryAcquire()];
    expect(probes).toMatchObject([1, 2, 3].map(() => ({ probe: true, probeDeadlineMs: 2000 })));
    expect(circuit.tryAcquire()).toBeNull();
    expect(circuit.accepts()).toBe(false);
    // A client that left is no result, and makes room.
    probes[0]?.end("ignored", 10);
    probes[1]?.end("success", 10);
    const more = [circuit.tryAcquire(), circuit.tryAcquire()];
    expect(circuit.tryAcquire()).toBeNull();
    probes[2]?.end("success", 10);
    expect(circuit.state()).toBe("half_open");
    more[0]?.end("success", 10);
    expect(circuit.view()).toEqual({
      state: "closed",
      reason: null,
      retryInMs: 0,
      forced: null,
      calls: 0,
      failures: 0,
      slowCalls: 0,
    });
    expect(circuit.tryAcquire()).toMatchObject({ probe: false, probeDeadlineMs: Infinity });
    expect(seen().at(-1)).toBe("half_open → closed: probes_passed");
    // The fourth began while it was half-open, and its bad end says nothing any more.
    repeat(9, () => more[1]?.end("failure", 10));
    expect(circuit.view()).toMatchObject({ state: "closed", failures: 0 });
  });

  it.each<[string, Outcome, number]>([
    ["fails", "failure", 10],
    ["finds no connection", "connect_failure", 10],
    ["is slow", "success", 3001],
  ])(
    "not when the first probe %s; then twice as long, up to a minute",
    (_name, outcome, tookMs) => {
      const { circuit, call, pass } = opened();
      const waited: number[] = [];
      repeat(9, () => {
        const { retryInMs } = circuit.view();
        waited.push(retryInMs);
        pass(retryInMs);
        call(outcome, tookMs);
      });
      expect(waited).toEqual([500, 1000, 2000, 4000, 8000, 16_000, 32_000, 60_000, 60_000]);
      pass(60_000);
      repeat(3, () => call("success"));
      repeat(10, () => call("failure"));
      expect(circuit.view().retryInMs).toBe(500);
    },
  );

  it("a probe whose end is never told does not bar the others for ever", () => {
    const { circuit, pass } = opened();
    pass(500);
    repeat(3, () => expect(circuit.tryAcquire()).not.toBeNull());
    pass(3999);
    expect(circuit.tryAcquire()).toBeNull();
    pass(1);
    repeat(3, () => circuit.tryAcquire()?.end("success", 10));
    expect(circuit.state()).toBe("closed");
  });

  it("chance only shortens the time, and not below four fifths", () => {
    expect([0, 0.5, 1].map((fraction) => openForMs(defaultRules, 1, fraction))).toEqual([
      500, 450, 400,
    ]);
    expect([20, 2000].map((opening) => openForMs(defaultRules, opening, 0))).toEqual([
      60_000, 60_000,
    ]);
  });

  describe("when the gateway looks itself", () => {
    it("at once when one that was away answers, but not in the first half second", () => {
      const { circuit, pass, call, seen } = opened();
      pass(500);
      call("failure");
      expect(circuit.view().retryInMs).toBe(1000);
      circuit.hearAway(2000);
      expect(circuit.view().retryInMs).toBe(2000);
      pass(400);
      circuit.hearReady();
      expect(circuit.view()).toMatchObject({ state: "open", retryInMs: 100 });
      pass(1000);
      circuit.hearReady();
      expect(circuit.state()).toBe("half_open");
      expect(seen().slice(-2)).toEqual([
        "half_open → open: probe_failed",
        "open → half_open: back_off_over",
      ]);
    });

    it("one whose connections failed was away, and its first answer is news", () => {
      const { circuit, pass, call, seen } = bench({ firstOpenMs: 1000 });
      repeat(5, () => call("connect_failure"));
      pass(1000);
      call("connect_failure");
      pass(1500);
      expect(circuit.view()).toMatchObject({ state: "open", retryInMs: 500 });
      circuit.hearReady();
      expect(seen().at(-1)).toBe("open → half_open: reachable");
    });

    it("every five seconds when it says that it is ready, and its calls fail", () => {
      const { circuit, pass, call } = opened({ firstOpenMs: 16_000 });
      circuit.hearReady();
      expect(circuit.view()).toMatchObject({ state: "open", retryInMs: 5000 });
      pass(5000);
      call("failure");
      expect(circuit.view().retryInMs).toBe(32_000);
      circuit.hearReady();
      expect(circuit.view().retryInMs).toBe(5000);
    });

    it("after a minute even when it never answers", () => {
      const { circuit, pass } = opened();
      let openMs = 0;
      while (circuit.view().state === "open") {
        circuit.hearAway(2000);
        pass(100);
        openMs += 100;
      }
      expect(openMs).toBe(60_000);
    });

    it("at once when somebody new is there", () => {
      const { circuit, seen } = opened();
      circuit.hearAway(2000);
      circuit.hearNew();
      expect(seen().at(-1)).toBe("open → half_open: instance_back");
    });
  });
});

describe("what an operator sets", () => {
  it("open, whatever the calls say, and for so long at most", () => {
    const { circuit, pass, seen } = bench();
    const before = circuit.tryAcquire();
    circuit.force("open", 60_000);
    before?.end("success", 10);
    pass(20_000);
    expect(circuit.view()).toMatchObject({
      state: "open",
      reason: "an operator holds it open",
      retryInMs: 40_000,
      forced: { state: "open", forMs: 40_000 },
    });
    expect(circuit.tryAcquire()).toBeNull();
    pass(40_000);
    expect(circuit.view()).toMatchObject({ state: "closed", forced: null, calls: 0 });
    expect(seen()).toEqual(["closed → open: forced", "open → closed: force_ended"]);
  });

  it("closed: calls are counted, and do not open it before the time is over", () => {
    const { circuit, call, pass, seen } = bench();
    repeat(10, () => call("failure"));
    circuit.force("closed", 1000);
    repeat(10, () => call("failure"));
    expect(circuit.view()).toMatchObject({
      state: "closed",
      reason: null,
      calls: 10,
      failures: 10,
    });
    pass(1000);
    repeat(10, () => call("failure"));
    expect(seen()).toEqual([
      "closed → open: failure_rate",
      "open → closed: forced",
      "closed → open: failure_rate",
    ]);
  });

  it("reset: closed, and nothing remembered", () => {
    const { circuit, call, pass, seen } = bench();
    repeat(10, () => call("failure"));
    pass(500);
    call("failure");
    circuit.reset();
    expect(circuit.view()).toMatchObject({ state: "closed", calls: 0 });
    repeat(10, () => call("failure"));
    expect(circuit.view().retryInMs).toBe(500);
    circuit.force("open", 1000);
    circuit.reset();
    expect(circuit.view()).toMatchObject({ state: "closed", forced: null });
    expect(seen().at(-1)).toBe("open → closed: reset");
  });
});

describe("while nobody is there to be asked", () => {
  const gone = { reason: "no_instance", detail: "no instance of it is registered" } as const;

  it("it is open with the reason, and closed when somebody is, with the past forgotten", () => {
    const { circuit, call, seen } = bench();
    repeat(9, () => call("failure"));
    const late = circuit.tryAcquire();
    circuit.block(gone);
    circuit.block(gone);
    expect(circuit.tryAcquire()).toBeNull();
    expect(circuit.view()).toMatchObject({ state: "open", reason: gone.detail, retryInMs: 5000 });
    circuit.unblock();
    late?.end("failure", 10);
    expect(circuit.view()).toMatchObject({ state: "closed", reason: null, calls: 0 });
    expect(seen()).toEqual(["closed → open: no_instance", "open → closed: instance_back"]);
  });

  it("one that had failed before is tried first", () => {
    const { circuit, call, pass, seen } = bench();
    repeat(10, () => call("failure"));
    circuit.block(gone);
    pass(3600_000);
    expect(circuit.state()).toBe("open");
    circuit.unblock();
    expect(circuit.tryAcquire()).toMatchObject({ probe: true });
    expect(seen()).toEqual(["closed → open: failure_rate", "open → half_open: instance_back"]);
  });

  it("an operator's word comes first", () => {
    const { circuit } = bench();
    circuit.block(gone);
    circuit.force("closed", 1000);
    expect(circuit.tryAcquire()).not.toBeNull();
    circuit.reset();
    expect(circuit.tryAcquire()).toBeNull();
  });
});
