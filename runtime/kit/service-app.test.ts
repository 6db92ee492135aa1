import { Hono } from "hono";
import { Registry } from "prom-client";
import { describe, expect, it } from "vitest";
import { errorAnswerSchema, type ServiceHealth } from "../../catalog/endpoints.ts";
import { systemRandom } from "./clock.ts";
import { Problem } from "./errors.ts";
import { silentLogger } from "./logger.ts";
import { createHttpMetrics } from "./metrics.ts";
import type { ServiceHonoEnv } from "./service.ts";
import { createServiceApp } from "./service-app.ts";
import { collectSpans } from "./tracing/testing/spans.ts";
import { createTracer, silentTracer, type Tracer } from "./tracing/tracer.ts";

const random = { hex: () => "00ff", fraction: () => 0 };

function createApp(
  status: ServiceHealth["status"] = "healthy",
  tracer: Tracer = silentTracer(systemRandom),
) {
  const routes = new Hono<ServiceHonoEnv>();
  routes.get("/items/:id", (context) => context.json({ id: context.req.param("id") }));
  routes.get("/span", async (context) => {
    await Promise.resolve();
    return context.json(tracer.current() ?? null);
  });
  routes.get("/bug", () => {
    throw new Error("select * from secrets");
  });
  routes.get("/problem", () => {
    throw new Problem("conflict", { message: "Taken.", details: { taken: ["name"] } });
  });
  routes.get("/redis", () => {
    throw new Error("Stream isn't writeable and enableOfflineQueue options is false");
  });
  const metrics = createHttpMetrics({});
  const app = createServiceApp({
    service: "trading",
    routePrefix: "/api/v1/trading",
    routes,
    health: () => ({
      status,
      service: "trading",
      instance: "trading-service",
      release: "r1",
      startedAt: "2026-01-05T10:00:00.000Z",
      registered: status === "healthy",
      dependencies: {
        redis:
          status === "healthy" ? { status: "up" } : { status: "down", waitingFor: "Redis at x:1" },
      },
    }),
    metrics,
    logger: silentLogger,
    random,
    tracer,
  });
  return { app, registry: metrics.registry satisfies Registry };
}

async function errorOf(path: string) {
  const answer = await createApp().app.request(`/api/v1/trading${path}`);
  return { answer, error: errorAnswerSchema.parse(await answer.json()).error };
}

describe("a request's deadline", () => {
  const ask = async (left: string) =>
    createApp().app.request("/api/v1/trading/items/1", {
      headers: { "x-request-deadline-ms": left },
    });

  it("refuses what cannot be answered in time, and says that nothing was done", async () => {
    const answer = await ask("4");
    expect(answer.status).toBe(504);
    expect(errorAnswerSchema.parse(await answer.json()).error).toMatchObject({
      code: "deadline_exceeded",
      service: "trading",
    });
  });

  it.each(["5", "10000", "", "-1", "soon", "1e9", "99999999999"])(
    "lets %j through",
    async (left) => {
      expect((await ask(left)).status).toBe(200);
    },
  );
});

describe("a service's answers", () => {
  it("carry the correlation id that came, or a new one", async () => {
    const { app } = createApp();
    const path = "/api/v1/trading/items/1";
    const given = await app.request(path, { headers: { "x-correlation-id": "abc-1" } });
    expect(given.headers.get("x-correlation-id")).toBe("abc-1");
    const fresh = await app.request(path, { headers: { "x-correlation-id": "no\tgood" } });
    expect(fresh.headers.get("x-correlation-id")).toBe("req_00ff");
  });

  it("tell a problem by its code, with what is particular to it", async () => {
    const { answer, error } = await errorOf("/problem");
    expect(answer.status).toBe(409);
    expect(error).toEqual({
      code: "conflict",
      message: "Taken.",
      service: "trading",
      correlationId: "req_00ff",
      taken: ["name"],
    });
  });

  it("tell nothing of a bug", async () => {
    const { answer, error } = await errorOf("/bug");
    expect(answer.status).toBe(500);
    expect(error.message).toBe("Something went wrong on our side.");
  });

  it("say that Redis is away, and when to come again", async () => {
    const { answer, error } = await errorOf("/redis");
    expect([answer.status, answer.headers.get("retry-after")]).toEqual([503, "5"]);
    expect(error.code).toBe("datastore_unavailable");
  });

  it("say where there is nothing", async () => {
    const { answer, error } = await errorOf("/nothing");
    expect(answer.status).toBe(404);
    expect(error.message).toBe("trading has nothing at GET /api/v1/trading/nothing.");
  });
});

describe("a service's span", () => {
  const own = { "x-correlation-id": "req_0123456789abcdef" };
  const ids = ["4bf92f3577b34da6a3ce929d0e0e4736", "00f067aa0ba902b7"];
  const parent = (flags: string) => ({ traceparent: `00-${ids.join("-")}-${flags}`, ...own });

  async function spansOf(path: string, headers: Record<string, string>) {
    const collected = collectSpans();
    const tracer = createTracer({
      random: systemRandom,
      sampler: () => false,
      sinks: [collected],
    });
    const answer = await createApp("healthy", tracer).app.request(path, { headers });
    return { spans: collected.spans, body: await answer.json() };
  }

  it("goes on with the caller's trace and its decision, and is the one its code works in", async () => {
    const { spans, body } = await spansOf("/api/v1/trading/span", parent("01"));
    expect(spans).toMatchObject([
      {
        traceId: ids[0],
        parentSpanId: ids[1],
        sampled: true,
        name: "GET /api/v1/trading/span",
        kind: "server",
        correlationId: own["x-correlation-id"],
        ok: true,
        attributes: {
          "http.request.method": "GET",
          "http.route": "/api/v1/trading/span",
          "http.response.status_code": 200,
          "url.path": "/api/v1/trading/span",
        },
      },
    ]);
    expect(body).toMatchObject({ traceId: ids[0], spanId: spans[0]?.spanId });
  });

  it.each([
    ["not when the caller does not sample", "/api/v1/trading/items/1", parent("00"), 0],
    [
      "when the correlation id is a client's",
      "/api/v1/trading/items/1",
      { "x-correlation-id": "a" },
      1,
    ],
    ["when the answer is an error of the service's", "/api/v1/trading/bug", parent("00"), 1],
    ["not when it is the client's", "/api/v1/trading/problem", parent("00"), 0],
    ["not of a health check", "/health", parent("01"), 0],
  ])("is kept %s", async (_what, path, headers, kept) => {
    expect((await spansOf(path, headers)).spans).toHaveLength(kept);
  });
});

describe("a service's own pages", () => {
  it.each([
    ["healthy", "/health", 200],
    ["healthy", "/health/ready", 200],
    ["unavailable", "/health", 503],
    ["unavailable", "/health/ready", 503],
    ["draining", "/health/ready", 503],
    ["unavailable", "/health/live", 200],
    ["draining", "/health/live", 200],
  ] as const)("while %s: %s is %d", async (status, path, code) => {
    expect((await createApp(status).app.request(path)).status).toBe(code);
  });

  it("count by route template, so that ids make no new series", async () => {
    const { app } = createApp();
    for (const path of ["/items/1", "/items/2", "/elsewhere"]) {
      await app.request(`/api/v1/trading${path}`);
    }
    const answer = await app.request("/metrics");
    expect(answer.headers.get("content-type")).toMatch(/^text\/plain/);
    const lines = (await answer.text()).split("\n");
    expect(lines.filter((line) => line.startsWith("http_requests_total{")).sort()).toEqual([
      'http_requests_total{route="/api/v1/trading/items/:id",method="GET",code="200"} 2',
      'http_requests_total{route="none",method="GET",code="404"} 1',
    ]);
  });
});
