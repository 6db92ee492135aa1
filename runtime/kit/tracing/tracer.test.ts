import { setImmediate } from "node:timers/promises";
import { describe, expect, it } from "vitest";
import { systemRandom } from "../clock.ts";
import { createTracer, silentTracer } from "./tracer.ts";

const parent = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";

describe("a tracer", () => {
  it("begins a trace of its own, which is sampled by its id", () => {
    const sampled: string[] = [];
    const tracer = createTracer({
      random: systemRandom,
      sinks: [],
      sampler: (traceId) => {
        sampled.push(traceId);
        return true;
      },
    });
    const { traceId, spanId, ...rest } = tracer.begin(undefined, true);
    expect(traceId).toMatch(/^[0-9a-f]{32}$/);
    expect(spanId).toMatch(/^[0-9a-f]{16}$/);
    expect(rest).toEqual({ parentSpanId: null, sampled: true });
    expect(sampled).toEqual([traceId]);
  });

  it.each([
    ["takes the decision of those it trusts", true, true],
    ["decides itself on what comes from others", false, false],
  ])("%s", (_what, trusted, sampled) => {
    expect(silentTracer(systemRandom).begin(parent, trusted)).toMatchObject({
      traceId: "4bf92f3577b34da6a3ce929d0e0e4736",
      parentSpanId: "00f067aa0ba902b7",
      sampled,
    });
  });

  it("never gives an id of zeros", () => {
    const tracer = silentTracer({ hex: (bytes) => "0".repeat(2 * bytes), fraction: () => 0 });
    const { traceId, spanId } = tracer.begin(undefined, true);
    expect([traceId, spanId]).toEqual([`${"0".repeat(31)}1`, `${"0".repeat(15)}1`]);
  });

  it("knows the span of each piece of work, however they alternate", async () => {
    const tracer = silentTracer(systemRandom);
    const spans = [1, 2, 3].map(() => tracer.begin(undefined, true));
    const seen = await Promise.all(
      spans.map((span) =>
        tracer.run(span, async () => {
          await setImmediate();
          const first = tracer.current();
          await setImmediate();
          return [first, tracer.current()];
        }),
      ),
    );
    expect(seen).toEqual(spans.map((span) => [span, span]));
    expect(tracer.current()).toBeUndefined();
  });
});
