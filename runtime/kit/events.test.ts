import { expect, test } from "vitest";
import { type EventSource, encodeEvent, parseEvent } from "./events.ts";
import { silentTracer } from "./tracing/tracer.ts";

const random = { hex: (bytes: number) => "0a".repeat(bytes), fraction: () => 0 };
const tracer = silentTracer(random);
const source: EventSource = {
  domain: "trading",
  producer: "trading@trading-1",
  clock: { nowMs: () => Date.UTC(2026, 0, 5, 10) },
  random,
  tracer,
};
const event = { name: "trade_executed", correlationId: "plan-1", payload: { amount: "1.00" } };
const envelope = {
  id: `evt_${"0a".repeat(16)}`,
  type: "astra.trading.trade_executed.v1",
  time: "2026-01-05T10:00:00.000Z",
  correlationId: "plan-1",
  producer: "trading@trading-1",
};

/** The fields as they stand in a stream. */
function fieldsOf(encoded: string): string[] {
  return Object.entries(JSON.parse(encoded) as Record<string, string>).flat();
}

test("an event names the span it is published in", () => {
  const span = tracer.begin(undefined, true);
  const encoded = tracer.run(span, () => encodeEvent(source, event));
  expect(parseEvent(fieldsOf(encoded))).toEqual({
    ...envelope,
    traceparent: `00-${"0a".repeat(16)}-${"0a".repeat(8)}-00`,
    payload: { amount: "1.00" },
  });
});

test("an event outside of any span names none, and is as readable as those from before there were traces", () => {
  const encoded = encodeEvent(source, event);
  expect(encoded).not.toContain("traceparent");
  expect(parseEvent(fieldsOf(encoded))).toEqual({ ...envelope, payload: { amount: "1.00" } });
});

test("what is no event is refused with what is wrong", () => {
  expect(() => parseEvent(["id", "evt_1"])).toThrow(/^not an event: .*type/s);
});
