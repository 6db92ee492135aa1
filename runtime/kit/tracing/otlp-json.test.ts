import { expect, test } from "vitest";
import { toOtlpJson } from "./otlp-json.ts";
import { testResource, testSpan } from "./testing/spans.ts";

const toUnixMs = (ms: number) => 1_767_607_200_000 + ms;

test("spans become an export request of the OpenTelemetry protocol", () => {
  const spans = [
    testSpan({ attributes: { "http.request.method": "POST", "http.response.status_code": 201 } }),
    testSpan({
      spanId: "b7ad6b7169203331",
      parentSpanId: "00f067aa0ba902b7",
      kind: "client",
      sampled: false,
      ok: false,
      attributes: { share: 0.5, flag: true, left: undefined },
    }),
  ];
  const text = (key: string, stringValue: string) => ({ key, value: { stringValue } });
  expect(JSON.parse(toOtlpJson(spans, testResource, toUnixMs))).toEqual({
    resourceSpans: [
      {
        resource: {
          attributes: [
            text("service.namespace", "astratrade"),
            text("service.name", "trading"),
            text("service.instance.id", "trading-1"),
            text("service.version", "r1"),
            text("deployment.environment", "test"),
            text("deployment.environment.name", "test"),
          ],
        },
        scopeSpans: [
          {
            scope: { name: "astratrade" },
            spans: [
              {
                traceId: "4bf92f3577b34da6a3ce929d0e0e4736",
                spanId: "00f067aa0ba902b7",
                flags: 1,
                name: "POST /api/v1/trading/execute",
                kind: 2,
                startTimeUnixNano: "1767607200100250000",
                endTimeUnixNano: "1767607200112750000",
                attributes: [
                  text("http.request.method", "POST"),
                  { key: "http.response.status_code", value: { intValue: "201" } },
                  text("astra.correlation_id", "plan-1"),
                ],
                status: {},
              },
              {
                traceId: "4bf92f3577b34da6a3ce929d0e0e4736",
                spanId: "b7ad6b7169203331",
                parentSpanId: "00f067aa0ba902b7",
                flags: 0,
                name: "POST /api/v1/trading/execute",
                kind: 3,
                startTimeUnixNano: "1767607200100250000",
                endTimeUnixNano: "1767607200112750000",
                attributes: [
                  { key: "share", value: { doubleValue: 0.5 } },
                  { key: "flag", value: { boolValue: true } },
                  text("astra.correlation_id", "plan-1"),
                ],
                status: { code: 2 },
              },
            ],
          },
        ],
      },
    ],
  });
});
