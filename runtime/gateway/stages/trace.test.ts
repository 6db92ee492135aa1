import { describe, expect, it } from "vitest";
import { systemRandom } from "../../kit/clock.ts";
import { ratioSampler } from "../../kit/tracing/sampling.ts";
import { collectSpans } from "../../kit/tracing/testing/spans.ts";
import { createTracer } from "../../kit/tracing/tracer.ts";
import { parseTraceparent } from "../../kit/tracing/traceparent.ts";
import {
  type Echo,
  echo,
  execute,
  gatewayWith,
  json,
  service,
} from "../testing/gateway-under-test.ts";
import { freePort } from "../../kit/testing/redis-server.ts";

const traceId = "4bf92f3577b34da6a3ce929d0e0e4736";
const clientSpan = "00f067aa0ba902b7";
const sampledByClient = `00-${traceId}-${clientSpan}-01`;

async function tracedGateway(ratio: number) {
  const collected = collectSpans();
  const tracer = createTracer({
    random: systemRandom,
    sampler: ratioSampler(ratio),
    sinks: [collected],
  });
  const gateway = await gatewayWith({ tracer });
  return { gateway, spans: collected.spans };
}

const trade = (headers: Record<string, string> = {}) =>
  ({ method: "POST", headers: { ...json, ...headers }, body: '{"user_id":123}' }) as const;

describe("a request's trace", () => {
  it("goes on from the client's, and the service's parent is the attempt", async () => {
    const { gateway, spans } = await tracedGateway(1);
    const trading = await echo();
    gateway.register(trading.instance);
    const answer = await gateway.ask(
      execute,
      trade({ traceparent: sampledByClient, tracestate: "other=1" }),
    );
    const seen = (answer.json as Echo).headers;
    const [request, attempt] = spans;
    expect(spans.map(({ kind }) => kind)).toEqual(["server", "client"]);
    expect([request?.traceId, request?.parentSpanId]).toEqual([traceId, clientSpan]);
    expect([attempt?.traceId, attempt?.parentSpanId]).toEqual([traceId, request?.spanId]);
    expect(parseTraceparent(seen["traceparent"])).toEqual({
      traceId,
      spanId: attempt?.spanId,
      sampled: true,
    });
    expect(seen["tracestate"]).toBe("other=1");
    expect(request).toMatchObject({
      name: "POST /api/v1/trading",
      ok: true,
      sampled: true,
      correlationId: answer.headers["x-correlation-id"],
      attributes: {
        "http.request.method": "POST",
        "http.route": "/api/v1/trading",
        "http.response.status_code": 200,
        "url.path": execute,
        "astra.caller.kind": "user",
      },
    });
    expect(attempt).toMatchObject({
      ok: true,
      attributes: {
        "http.response.status_code": 200,
        "server.address": "127.0.0.1",
        "server.port": trading.instance.port,
        "peer.service": "trading",
        "astra.upstream.instance": trading.instance.id,
        "astra.upstream.outcome": "answered",
      },
    });
    expect(attempt?.startedMs).toBeGreaterThanOrEqual(request?.startedMs ?? Infinity);
    expect(attempt?.durationMs).toBeLessThanOrEqual(request?.durationMs ?? 0);
  });

  it("keeps the client's trace id, but not its decision to sample", async () => {
    const { gateway, spans } = await tracedGateway(0);
    const trading = await echo();
    gateway.register(trading.instance);
    const answer = await gateway.ask(execute, trade({ traceparent: sampledByClient }));
    const seen = parseTraceparent((answer.json as Echo).headers["traceparent"]);
    expect([seen?.traceId, seen?.sampled]).toEqual([traceId, false]);
    expect(spans).toEqual([]);
  });

  it("is a new one where the client's is not valid, and then its tracestate is nobody's", async () => {
    const { gateway } = await tracedGateway(0);
    const trading = await echo();
    gateway.register(trading.instance);
    const offered = `00-${"0".repeat(32)}-${clientSpan}-01`;
    const answer = await gateway.ask(execute, trade({ traceparent: offered, tracestate: "o=1" }));
    const { traceparent, tracestate } = (answer.json as Echo).headers;
    expect(parseTraceparent(traceparent)?.traceId).toMatch(/^(?!0{32})[0-9a-f]{32}$/);
    expect(tracestate).toBeUndefined();
  });

  it("is kept when the client gives a correlation id, whatever the ratio", async () => {
    const { gateway, spans } = await tracedGateway(0);
    const trading = await echo();
    gateway.register(trading.instance);
    await gateway.ask(execute, trade({ "x-correlation-id": "plan-1" }));
    expect(spans.map(({ kind, correlationId, sampled }) => [kind, correlationId, sampled])).toEqual(
      [
        ["server", "plan-1", false],
        ["client", "plan-1", false],
      ],
    );
  });

  it("is kept when the answer is an error of ours, and not when it is the client's", async () => {
    const { gateway, spans } = await tracedGateway(0);
    await gateway.ask("/nothing/here");
    expect(spans).toEqual([]);
    const answer = await gateway.ask(execute, trade());
    expect(answer.status).toBe(503);
    expect(spans).toMatchObject([
      { kind: "server", ok: false, attributes: { "error.type": "503" } },
    ]);
  });

  it("shows each attempt, with what became of it", async () => {
    const { gateway, spans } = await tracedGateway(0);
    const good = await echo();
    const dead = { ...good.instance, id: "trading-dead", port: await freePort() };
    gateway.register(dead, { ...good.instance, id: "trading-good" });
    // Two are chosen from at random: whichever it is, the request is answered in the end.
    for (let request = 0; request < 20 && spans.every(({ ok }) => ok); request += 1) {
      spans.length = 0;
      const answer = await gateway.ask(execute, trade({ "x-correlation-id": "retry-1" }));
      expect(answer.status).toBe(200);
    }
    const attempts = spans.filter(({ kind }) => kind === "client");
    expect(attempts.map(({ ok, attributes }) => ({ ok, ...attributes }))).toMatchObject([
      { ok: false, "error.type": "refused", "server.port": dead.port },
      { ok: true, "http.request.resend_count": 1, "astra.upstream.outcome": "answered" },
    ]);
    expect(new Set(spans.map(({ spanId }) => spanId)).size).toBe(3);
  });

  it("tells an answer of the service's that is an error", async () => {
    const { gateway, spans } = await tracedGateway(0);
    const trading = await service("trading", (_request, response) => {
      response.writeHead(500).end();
    });
    gateway.register(trading.instance);
    await gateway.ask(execute, trade());
    expect(spans.map(({ kind, ok, attributes }) => [kind, ok, attributes["error.type"]])).toEqual([
      ["server", false, "500"],
      ["client", false, "500"],
    ]);
  });

  it("is not sampled on the gateway's own pages, but kept when it is asked for", async () => {
    const { gateway, spans } = await tracedGateway(1);
    await gateway.ask("/health");
    expect(spans).toEqual([]);
    await gateway.ask("/health", { headers: { "x-correlation-id": "look-1" } });
    expect(spans).toMatchObject([{ name: "GET /health", sampled: false }]);
  });
});
