import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { StoredSpan } from "./stored-span.ts";
import { arrangeTrace, renderWaterfall } from "./trace-view.ts";

const startMs = Date.UTC(2026, 0, 5, 10);

function stored(parts: Partial<StoredSpan> & { readonly spanId: string }): StoredSpan {
  return {
    traceId: "4bf92f3577b34da6a3ce929d0e0e4736",
    parentSpanId: null,
    sampled: false,
    name: "POST /api/v1/trading",
    kind: "server",
    service: "gateway",
    instance: "api-gateway",
    startMs,
    durationMs: 10,
    ok: true,
    attributes: {},
    ...parts,
  };
}

const trade: readonly StoredSpan[] = [
  stored({
    spanId: "social",
    parentSpanId: "trading",
    name: "process events:trading",
    kind: "consumer",
    service: "social",
    startMs: startMs + 12,
    durationMs: 8,
    ok: false,
    attributes: { "error.type": "TypeError" },
  }),
  stored({
    spanId: "trading",
    parentSpanId: "attempt",
    name: "POST /api/v1/trading/execute",
    service: "trading",
    startMs: startMs + 2.5,
    durationMs: 5.25,
    attributes: { "http.response.status_code": 201 },
  }),
  stored({
    spanId: "attempt",
    parentSpanId: "root",
    kind: "client",
    startMs: startMs + 1,
    durationMs: 8,
    attributes: { "http.response.status_code": 201 },
  }),
  stored({
    spanId: "root",
    parentSpanId: "the client's",
    attributes: { "http.response.status_code": 201 },
  }),
];

describe("a trace", () => {
  it("has each parent before its children, with depth and time from the beginning", () => {
    const view = arrangeTrace("plan-1", trade);
    expect(
      view.spans.map(({ spanId, depth, offsetMs }) => [spanId, depth, offsetMs] as const),
    ).toEqual([
      ["root", 0, 0],
      ["attempt", 1, 1],
      ["trading", 2, 2.5],
      ["social", 3, 12],
    ]);
    expect({ ...view, spans: undefined }).toEqual({
      correlationId: "plan-1",
      traceIds: ["4bf92f3577b34da6a3ce929d0e0e4736"],
      startedAt: "2026-01-05T10:00:00.000Z",
      durationMs: 20,
      services: ["gateway", "trading", "social"],
      ok: false,
    });
  });

  it("is readable in a terminal", () => {
    expect(`\n${renderWaterfall(arrangeTrace("plan-1", trade))}`).toBe(
      `
correlation id  plan-1
trace           4bf92f3577b34da6a3ce929d0e0e4736
started         2026-01-05T10:00:00.000Z
took            20.00 ms, 4 spans in 3 services

gateway <- POST /api/v1/trading              |====================                    |     10.00 ms  201
  gateway -> POST /api/v1/trading            |  ================                      |      8.00 ms  201
    trading <- POST /api/v1/trading/execute  |     ===========                        |      5.25 ms  201
      social ~> process events:trading       |                        ================|      8.00 ms  failed: TypeError
`,
    );
  });

  it("shows every span once, whatever they say of each other", () => {
    const id = fc.constantFrom("a", "b", "c", "d", "e");
    const span = fc
      .record({
        spanId: id,
        parentSpanId: fc.option(id),
        startMs: fc.double({ min: startMs, max: startMs + 1000, noNaN: true }),
        durationMs: fc.double({ min: 0, max: 1000, noNaN: true }),
      })
      .map(stored);
    fc.assert(
      fc.property(fc.array(span, { minLength: 1, maxLength: 12 }), (spans) => {
        const view = arrangeTrace("x", spans);
        const ids = view.spans.map(({ spanId }) => spanId);
        expect([...ids].sort()).toEqual([...new Set(spans.map(({ spanId }) => spanId))].sort());
        expect(renderWaterfall(view).trimEnd().split("\n")).toHaveLength(5 + ids.length);
      }),
    );
  });
});
