import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { errorAnswerSchema } from "../../../catalog/endpoints.ts";
import { echo, execute, gatewayWith, json, service } from "../testing/gateway-under-test.ts";
import { waitUntil } from "../../kit/testing/wait-until.ts";
import { shed, type ShedReason } from "../stages/shed.ts";
import type { Exchange } from "../stage.ts";
import { adaptiveLimitDefaults, createAdaptiveLimit, type LoadWindow } from "./adaptive-limit.ts";
import { createInFlight } from "./in-flight.ts";
import { watchLoad } from "./load-watch.ts";

const onTime: LoadWindow = { leastDelayMs: 2, samples: 20, mostInFlight: 50 };
const late: LoadWindow = { leastDelayMs: 400, samples: 3, mostInFlight: 1000 };

function limitAfter(...windows: readonly LoadWindow[]): number {
  const limit = createAdaptiveLimit();
  for (const window of windows) limit.settle(window);
  return limit.current();
}

describe("the adaptive limit", () => {
  it.each<[string, readonly LoadWindow[], number]>([
    ["begins at the most", [], 1000],
    ["stays there while all is well", [onTime, onTime], 1000],
    ["comes down from what was under way", [{ ...late, mostInFlight: 600 }], 420],
    ["comes down further while it does not help", [late, late, late], 343],
    ["never below the least", Array<LoadWindow>(20).fill(late), 100],
    ["rises again when it is over", [late, onTime, onTime], 800],
    [
      "is back within 20 windows",
      [...Array<LoadWindow>(20).fill(late), ...Array<LoadWindow>(18).fill(onTime)],
      1000,
    ],
    // Half a core: the process sleeps for 50 to 100 ms again and again, and is on time between.
    ["does not take the sleep of a CPU quota for overload", [{ ...late, leastDelayMs: 95 }], 1000],
    [
      "does not take one long stop for overload",
      [{ ...late, leastDelayMs: 3000, samples: 2 }],
      1000,
    ],
  ])("%s", (_name, windows, expected) => {
    expect(limitAfter(...windows)).toBe(expected);
  });

  it("stays within its bounds whatever comes, and always comes back", () => {
    const windowArbitrary = fc.record({
      leastDelayMs: fc.oneof(fc.double({ min: 0, max: 5000, noNaN: true }), fc.constant(Infinity)),
      samples: fc.nat(40),
      mostInFlight: fc.nat(5000),
    });
    fc.assert(
      fc.property(fc.array(windowArbitrary, { maxLength: 100 }), (windows) => {
        const limit = createAdaptiveLimit();
        for (const window of windows) {
          limit.settle(window);
          expect(Number.isInteger(limit.current())).toBe(true);
          expect(limit.current()).toBeGreaterThanOrEqual(adaptiveLimitDefaults.min);
          expect(limit.current()).toBeLessThanOrEqual(adaptiveLimitDefaults.max);
        }
        for (let count = 0; count < 18; count += 1) limit.settle(onTime);
        expect(limit.current()).toBe(adaptiveLimitDefaults.max);
      }),
      { seed: 7 },
    );
  });
});

/** A clock and a timer that run only when they are told to; each step may take longer than it was to. */
function fakeTime() {
  let nowMs = 0;
  let due: (() => void) | undefined;
  let cancelled = 0;
  return {
    clock: { nowMs: () => nowMs },
    schedule: (run: () => void, delayMs: number) => {
      const startMs = nowMs;
      due = () => {
        nowMs = Math.max(nowMs, startMs + delayMs);
        run();
      };
      return () => {
        due = undefined;
        cancelled += 1;
      };
    },
    /** Lets the timer go off, this much too late. */
    tick: (lateMs: number) => {
      nowMs += lateMs === 0 ? 0 : 50 + lateMs;
      due?.();
    },
    isWaiting: () => due !== undefined,
    cancelled: () => cancelled,
  };
}

describe("watching the load", () => {
  function watch() {
    const time = fakeTime();
    const windows: LoadWindow[] = [];
    const inFlight = createInFlight();
    const stop = watchLoad({
      limit: { current: () => 7, settle: (window) => windows.push(window) },
      inFlight,
      clock: time.clock,
      schedule: time.schedule,
      onLimit: (limit) => expect(limit).toBe(7),
    });
    return { time, windows, inFlight, stop };
  }

  it("tells once a second what was best", () => {
    const { time, windows, inFlight } = watch();
    inFlight.enter("trading");
    inFlight.enter("user");
    inFlight.leave("user");
    for (let count = 0; count < 20; count += 1) time.tick(0);
    expect(windows).toEqual([{ leastDelayMs: 0, samples: 20, mostInFlight: 2 }]);
    for (let count = 0; count < 20; count += 1) time.tick(0);
    expect(windows[1]).toEqual({ leastDelayMs: 0, samples: 20, mostInFlight: 1 });
  });

  it("sees a loop that is always late, and not one that is late now and then", () => {
    const { time, windows } = watch();
    for (let count = 0; count < 4; count += 1) time.tick(200 + count);
    expect(windows).toEqual([{ leastDelayMs: 200, samples: 4, mostInFlight: 0 }]);
    for (let count = 0; count < 8; count += 1) time.tick(count % 2 === 0 ? 150 : 0);
    expect(windows[1]).toEqual({ leastDelayMs: 0, samples: 8, mostInFlight: 0 });
  });

  it("sees a loop that is later than half a second each time, though there is little to see in one", () => {
    const { time, windows } = watch();
    for (let count = 0; count < 6; count += 1) time.tick(700 + count);
    expect(windows).toEqual([
      { leastDelayMs: 700, samples: 3, mostInFlight: 0 },
      { leastDelayMs: 703, samples: 3, mostInFlight: 0 },
    ]);
    expect(limitAfter(...windows.map((window) => ({ ...window, mostInFlight: 1000 })))).toBe(490);
  });

  it("does not judge by one long stop, but by what comes after it", () => {
    const { time, windows } = watch();
    time.tick(5000);
    expect(windows).toEqual([]);
    for (let count = 0; count < 2; count += 1) time.tick(0);
    expect(windows).toEqual([{ leastDelayMs: 0, samples: 3, mostInFlight: 0 }]);
  });

  it("ends", () => {
    const { time, stop } = watch();
    stop();
    expect([time.isWaiting(), time.cancelled()]).toEqual([false, 1]);
  });
});

describe("the shed stage", () => {
  function stageWith({ limit = 1000, maxInFlight = 1000, shareOfOne = 1 }) {
    const reasons: ShedReason[] = [];
    const inFlight = createInFlight();
    const stage = shed({
      limit: { current: () => limit, settle: () => undefined },
      inFlight,
      maxInFlight,
      shareOfOne,
      onShed: (reason) => reasons.push(reason),
    });
    const answers: (() => void)[] = [];
    const send = (serviceName: "trading" | "user" | undefined): Promise<void> => {
      const target = serviceName && { service: serviceName, path: "/", rule: undefined };
      const exchange = { target } as unknown as Exchange;
      return Promise.resolve().then(() =>
        stage(exchange, () => new Promise<void>((resolve) => answers.push(resolve))),
      );
    };
    return { send, reasons, inFlight, answers };
  }

  it.each<[string, Parameters<typeof stageWith>[0], ShedReason]>([
    ["the event loop allows no more", { limit: 2 }, "event_loop"],
    ["the memory is for no more", { maxInFlight: 2 }, "in_flight"],
    ["one service has its part", { maxInFlight: 4, shareOfOne: 0.5 }, "service"],
  ])(
    "turns away where %s, and lets in again when one is answered",
    async (_name, options, reason) => {
      const { send, reasons, inFlight, answers } = stageWith(options);
      const first = send("trading");
      void send("trading");
      await waitUntil(() => answers.length === 2, { what: "both are let in" });
      await expect(send("trading")).rejects.toMatchObject({ code: "overloaded", status: 503 });
      expect(reasons).toEqual([reason]);
      // Its own pages are served always.
      void send(undefined);
      await waitUntil(() => answers.length === 3, { what: "the page is served" });
      answers[0]?.();
      await first;
      expect(inFlight.total()).toBe(1);
      void send("trading");
      await waitUntil(() => answers.length === 4, { what: "the next is let in" });
      expect(reasons).toEqual([reason]);
    },
  );

  it("lets other services through when one has its part", async () => {
    const { send, reasons, answers } = stageWith({ maxInFlight: 4, shareOfOne: 0.5 });
    for (const name of ["trading", "trading", "user"] as const) void send(name);
    await waitUntil(() => answers.length === 3, { what: "all are let in" });
    expect(reasons).toEqual([]);
  });
});

describe("a gateway that is overloaded", () => {
  it("says so before it reads a body, and serves its own pages", async () => {
    const gateway = await gatewayWith({ maxInFlight: 0 });
    const trading = await echo();
    gateway.register(trading.instance);
    // Broken, which nobody finds out.
    const answer = await gateway.ask(execute, {
      method: "POST",
      headers: json,
      body: '{"user_id":',
    });
    expect(answer.status).toBe(503);
    expect(answer.headers).toMatchObject({ "retry-after": "1", "cache-control": "no-store" });
    expect(answer.headers).not.toHaveProperty("x-fallback");
    expect(errorAnswerSchema.parse(answer.json).error).toMatchObject({
      code: "overloaded",
      service: "trading",
    });
    expect(gateway.shed).toEqual(["event_loop"]);
    expect(trading.seen).toHaveLength(0);
    for (const path of ["/health", "/health/live", "/metrics", "/services"]) {
      expect((await gateway.ask(path)).status).toBe(200);
    }
  });

  it("counts a request until its answer is out, also where the service fails", async () => {
    const gateway = await gatewayWith({ maxInFlight: 1 });
    const trading = await service("trading", (_request, response) => response.destroy());
    gateway.register(trading.instance);
    for (let count = 0; count < 3; count += 1) {
      expect((await gateway.ask(execute, { method: "POST" })).status).toBe(502);
    }
    expect(gateway.shed).toEqual([]);
  });
});
