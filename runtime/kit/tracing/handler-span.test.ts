import { describe, expect, it } from "vitest";
import { systemRandom } from "../clock.ts";
import type { EventEnvelope } from "../events.ts";
import { traceHandler } from "./handler-span.ts";
import { collectSpans } from "./testing/spans.ts";
import { createTracer } from "./tracer.ts";

const traceId = "4bf92f3577b34da6a3ce929d0e0e4736";
const parentSpanId = "00f067aa0ba902b7";

function delivery(parts: Partial<EventEnvelope> = {}) {
  const event = {
    id: "evt_1",
    type: "astra.trading.trade_executed.v1",
    time: "2026-01-05T10:00:00.000Z",
    correlationId: "req_0123456789abcdef",
    producer: "trading@trading-1",
    payload: {},
    ...parts,
  };
  return { event, stream: "events:trading", group: "social", entryId: "1-0" };
}

function traced() {
  const collected = collectSpans();
  const tracer = createTracer({
    random: systemRandom,
    sampler: () => false,
    sinks: [collected],
  });
  return { tracer, spans: collected.spans };
}

describe("an event's handler", () => {
  it("is a span of the trace that the event was published in, and so is what it does", async () => {
    const { tracer, spans } = traced();
    let inside: unknown;
    const traceparent = `00-${traceId}-${parentSpanId}-01`;
    await traceHandler(tracer, delivery({ traceparent }), async () => {
      await Promise.resolve();
      inside = tracer.current();
    });
    expect(spans).toMatchObject([
      {
        traceId,
        parentSpanId,
        sampled: true,
        name: "process events:trading",
        kind: "consumer",
        ok: true,
        attributes: {
          "messaging.system": "redis",
          "messaging.operation.type": "process",
          "messaging.destination.name": "events:trading",
          "messaging.consumer.group.name": "social",
          "messaging.message.id": "1-0",
          "astra.event.type": "astra.trading.trade_executed.v1",
        },
      },
    ]);
    expect(inside).toMatchObject({ traceId, spanId: spans[0]?.spanId });
  });

  it("begins a trace where the event names none", async () => {
    const { tracer, spans } = traced();
    await traceHandler(tracer, delivery({ correlationId: "plan-1" }), () => Promise.resolve());
    expect(spans).toMatchObject([{ parentSpanId: null, correlationId: "plan-1" }]);
  });

  it("leaves no span when nobody asked for one", async () => {
    const { tracer, spans } = traced();
    await traceHandler(tracer, delivery(), () => Promise.resolve());
    expect(spans).toEqual([]);
  });

  it("that fails leaves one, and fails as before", async () => {
    const { tracer, spans } = traced();
    const failure = new TypeError("broken");
    const handled = traceHandler(tracer, delivery(), () => Promise.reject(failure));
    await expect(handled).rejects.toBe(failure);
    expect(spans).toMatchObject([{ ok: false, attributes: { "error.type": "TypeError" } }]);
  });

  it("that fails for want of Redis leaves none: it comes again", async () => {
    const { tracer, spans } = traced();
    const away = new Error("Connection is closed.");
    const given = delivery({ correlationId: "plan-1" });
    await expect(traceHandler(tracer, given, () => Promise.reject(away))).rejects.toBe(away);
    expect(spans).toEqual([]);
  });
});
