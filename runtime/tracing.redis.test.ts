import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { serviceNames } from "../catalog/services.ts";
import { buildRuntime } from "./build.ts";
import { startTestPlatform, type TestPlatform } from "./kit/testing/platform.ts";
import { waitUntil } from "./kit/testing/wait-until.ts";
import { readTrace } from "./kit/tracing/read-trace.ts";
import { startCollector, type TestCollector } from "./kit/tracing/testing/collector.ts";
import { renderWaterfall, type TraceView } from "./kit/tracing/trace-view.ts";

const execute = "/api/v1/trading/execute";
const planTrade = '{"user_id":123,"asset_symbol":"BTC/USD","direction":"LONG","amount":1000}';
const clientTrace = "4bf92f3577b34da6a3ce929d0e0e4736";
const clientSpan = "00f067aa0ba902b7";

let dir: string;
let collector: TestCollector;
let platform: TestPlatform;
beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), "astratrade-tracing-"));
  collector = await startCollector();
  await buildRuntime(dir);
  platform = await startTestPlatform(dir, [], {
    OTLP_ENDPOINT: collector.endpoint,
    TRACE_SAMPLE_RATIO: "1",
  });
});
afterAll(async () => {
  await platform.stop();
  await collector.close();
  await rm(dir, { recursive: true, force: true });
});

function trade(headers: Record<string, string>) {
  return fetch(platform.url() + execute, {
    method: "POST",
    headers: { "content-type": "application/json", ...headers },
    body: planTrade,
  });
}

/** The trace as soon as it has so many spans. */
async function traceOf(correlationId: string, spans: number): Promise<TraceView> {
  const found: TraceView[] = [];
  await waitUntil(
    async () => {
      const trace = await readTrace(platform.redis.admin, correlationId);
      if (trace !== null && trace.spans.length >= spans) found.push(trace);
      return found.length > 0;
    },
    { what: `${spans} spans of ${correlationId}` },
  );
  return found[0] ?? Promise.reject(new Error("It was there."));
}

/** Those who handle a trade: gateway, gamification, social, nft, financial. */
const handlers = ["financial", "gamification", "gateway", "nft", "social"];

describe("the plan's trade with a correlation id", () => {
  it("shows the gateway, the trading service and every event handler in one trace", async () => {
    const answer = await trade({
      "x-correlation-id": "plan-trace-1",
      traceparent: `00-${clientTrace}-${clientSpan}-00`,
    });
    expect([answer.status, answer.headers.get("x-correlation-id")]).toEqual([201, "plan-trace-1"]);
    const trace = await traceOf("plan-trace-1", 3 + handlers.length);
    expect(trace.traceIds).toEqual([clientTrace]);
    expect(trace.ok).toBe(true);
    const shown = trace.spans.map(({ depth, service, kind, name }) =>
      [depth, service, kind, name].join(" "),
    );
    expect(shown.slice(0, 3)).toEqual([
      "0 gateway server POST /api/v1/trading",
      "1 gateway client POST /api/v1/trading",
      "2 trading server POST /api/v1/trading/execute",
    ]);
    expect(shown.slice(3).sort()).toEqual(
      handlers.map((name) => `3 ${name} consumer process events:trading`),
    );
    expect(trace.spans[0]?.parentSpanId).toBe(clientSpan);
    const [request, attempt, trading] = trace.spans;
    const endOf = (span = request) => (span?.offsetMs ?? 0) + (span?.durationMs ?? 0);
    // Clocks of processes on one machine agree to well below this.
    expect(attempt?.offsetMs).toBeLessThanOrEqual((trading?.offsetMs ?? 0) + 2);
    expect(endOf(trading)).toBeLessThanOrEqual(endOf(request) + 2);

    const page = `${platform.adminUrl()}/traces/plan-trace-1`;
    expect(await (await fetch(page)).json()).toEqual(trace);
    expect(await (await fetch(`${page}?format=text`)).text()).toBe(renderWaterfall(trace));
    expect((await fetch(`${platform.adminUrl()}/traces/unheard-of`)).status).toBe(404);
  });

  it("reaches the collector from every process, as spans of the same trace", async () => {
    const inTrace = () =>
      collector.batches.flatMap(({ resource, spans }) =>
        spans
          .filter(({ traceId }) => traceId === clientTrace)
          .map((span) => ({ service: resource.get("service.name"), ...span })),
      );
    await waitUntil(() => inTrace().length >= 3 + handlers.length, {
      what: "all spans of the trade are there",
    });
    expect(new Set(inTrace().map(({ service }) => service))).toEqual(
      new Set([...handlers, "trading"]),
    );
    const ids = new Set(inTrace().map(({ spanId }) => spanId));
    for (const { parentSpanId } of inTrace()) {
      expect(parentSpanId === clientSpan || ids.has(parentSpanId ?? "")).toBe(true);
    }
    for (const { resource } of collector.batches) {
      expect(resource.get("service.instance.id")).toMatch(/-1$/);
      expect([
        resource.get("service.version"),
        resource.get("deployment.environment"),
        resource.get("service.namespace"),
      ]).toEqual(["r1", "test", "astratrade"]);
    }
  });

  it("names the trace in the log lines and events of its correlation id", async () => {
    await waitUntil(() => platform.log("trading").includes("plan-trace-1"), {
      what: "the service's line is out",
    });
    const line = platform
      .log("trading")
      .split("\n")
      .find((text) => text.includes("plan-trace-1"));
    expect(JSON.parse(line ?? "{}")).toMatchObject({ traceId: clientTrace });
    const events = await platform.redis.admin.xrevrange("events:trading", "+", "-");
    const event = events.find(([, fields]) => fields.includes("plan-trace-1"));
    expect(event?.[1].some((field) => field.startsWith(`00-${clientTrace}-`))).toBe(true);
  });
});

describe("a trace of a failure", () => {
  it("is kept without being asked for, with the service that failed", async () => {
    await platform.redis.admin.set("trading:history:124", "no list");
    const answer = await fetch(`${platform.url()}/api/v1/trading/history/124`);
    expect(answer.status).toBe(500);
    const correlationId = answer.headers.get("x-correlation-id") ?? "";
    expect(correlationId).toMatch(/^req_[0-9a-f]{16}$/);
    const trace = await traceOf(correlationId, 3);
    expect(trace.ok).toBe(false);
    expect(trace.spans.map(({ service, kind, ok }) => [service, kind, ok])).toEqual([
      ["gateway", "server", false],
      ["gateway", "client", false],
      ["trading", "server", false],
    ]);
  });
});

describe("a collector that is away", () => {
  it("is nobody's trouble, and nothing fails at the end", async () => {
    await collector.close();
    for (let index = 0; index < 20; index += 1) {
      expect((await trade({ "x-correlation-id": `away-${index}` })).status).toBe(201);
    }
    await traceOf("away-19", 3 + handlers.length);
    const ends = await Promise.all(
      (["gateway", ...serviceNames] as const).map((name) => platform.end(name, "SIGTERM")),
    );
    expect(new Set(ends)).toEqual(new Set([0]));
  });
});
