import { describe, expect, it } from "vitest";
import {
  errorAnswerSchema,
  gatewayHealthSchema,
  servicesAnswerSchema,
} from "../../catalog/endpoints.ts";
import { serviceNames } from "../../catalog/services.ts";
import { execute, gatewayWith, echo } from "./testing/gateway-under-test.ts";

describe("the gateway's own pages", () => {
  it("tells the health of itself and of what it needs, by name", async () => {
    const gateway = await gatewayWith();
    const trading = await echo();
    gateway.register(trading.instance);
    const answer = await gateway.ask("/health");
    expect(answer.status).toBe(200);
    const health = gatewayHealthSchema.parse(answer.json);
    expect(health.status).toBe("degraded");
    expect(health.dependencies).toEqual({
      redis: { status: "up" },
      services: {
        user: "unavailable",
        trading: "healthy",
        gamification: "unavailable",
        social: "unavailable",
        nft: "unavailable",
        financial: "unavailable",
      },
      breakers: Object.fromEntries(
        serviceNames
          .filter((name) => name !== "trading")
          .map((name) => [name, { state: "open", reason: "no instance of it is registered" }]),
      ),
    });
    gateway.register(
      ...serviceNames.map((name) => ({ ...trading.instance, service: name, id: name })),
    );
    expect(gatewayHealthSchema.parse((await gateway.ask("/health")).json).status).toBe("healthy");
  });

  it("says what it waits for while it can serve all the same", async () => {
    const linkState = { status: "down", sinceMs: 0, waitingFor: "Redis at redis:6379" } as const;
    const gateway = await gatewayWith({ linkState });
    gateway.registry.setRedisUp(false);
    const answer = await gateway.ask("/health");
    expect(answer.status).toBe(200);
    expect(gatewayHealthSchema.parse(answer.json).dependencies.redis).toEqual({
      status: "down",
      waitingFor: "Redis at redis:6379",
    });
  });

  it("shows it on /health and /health/ready that it is ending, and stays alive", async () => {
    const gateway = await gatewayWith();
    gateway.register();
    expect((await gateway.ask("/health/ready")).status).toBe(200);
    gateway.setDraining(true);
    expect((await gateway.ask("/health")).status).toBe(503);
    expect((await gateway.ask("/health/ready")).status).toBe(503);
    expect((await gateway.ask("/health/live")).status).toBe(200);
  });

  it("is not ready before it knows where to send anything, and is warm", async () => {
    const gateway = await gatewayWith();
    const waits = async () => (await gateway.ask("/health/ready")).json;
    expect(await waits()).toMatchObject({ reason: "it has not reached the registry yet" });
    gateway.register();
    gateway.setWarm(false);
    expect(await waits()).toMatchObject({ reason: "it is warming up" });
    // The engine's health check waits for it too, and with it whoever waits for a deploy.
    const live = await gateway.ask("/health/live");
    expect([live.status, live.json]).toEqual([503, { status: "starting", service: "gateway" }]);
    gateway.setWarm(true);
    expect(await waits()).toEqual({ status: "ready", service: "gateway" });
  });

  it("lists services and instances with address and age", async () => {
    const gateway = await gatewayWith();
    const nowMs = Date.now();
    const [good, bad] = [
      await echo({ id: "good", startedAtMs: nowMs - 60_000, heartbeatMs: nowMs - 1000 }),
      await echo({ id: "bad", heartbeatMs: nowMs - 5000 }),
    ];
    gateway.register(good.instance, bad.instance);
    await bad.stop();
    gateway.registry.eject(bad.instance);
    const answer = servicesAnswerSchema.parse((await gateway.ask("/services")).json);
    expect(answer.registry.source).toBe("redis");
    expect(Object.keys(answer.services)).toEqual([...serviceNames]);
    expect(answer.services["user"]).toEqual({
      status: "unavailable",
      routePrefix: "/api/v1/users",
      breaker: {
        state: "open",
        reason: "no instance of it is registered",
        retryInMs: 5000,
        forced: null,
        calls: 0,
        failures: 0,
        slowCalls: 0,
      },
      instances: [],
    });
    const trading = answer.services["trading"];
    expect(trading?.status).toBe("healthy");
    expect(trading?.instances).toMatchObject([
      { id: "good", address: `127.0.0.1:${good.instance.port}`, status: "healthy", ageSeconds: 60 },
      { id: "bad", status: "ejected" },
    ]);
    const beat = trading?.instances[0]?.heartbeatAgeMs ?? 0;
    expect(beat).toBeGreaterThanOrEqual(1000);
    expect(beat).toBeLessThan(2000);
  });

  it("counts requests by route, method and status, the 503 of a service among them", async () => {
    const gateway = await gatewayWith();
    await gateway.ask("/health");
    await gateway.ask("/health");
    await gateway.ask("/no/such/path");
    await gateway.ask(`${execute}?id=1`);
    const { headers, text } = await gateway.ask("/metrics");
    expect(headers["content-type"]).toMatch(/^text\/plain/);
    const lines = text.split("\n").filter((line) => line.startsWith("http_requests_total{"));
    expect(lines.sort()).toEqual([
      'http_requests_total{route="/api/v1/trading",method="GET",code="503"} 1',
      'http_requests_total{route="/health",method="GET",code="200"} 2',
      'http_requests_total{route="none",method="GET",code="404"} 1',
    ]);
    expect(text).toContain("process_cpu_seconds_total");
  });

  it("says on /dashboard that the figures cannot be had", async () => {
    const gateway = await gatewayWith();
    const answer = await gateway.ask("/dashboard");
    expect([answer.status, answer.headers["retry-after"]]).toEqual([503, "5"]);
    expect(errorAnswerSchema.parse(answer.json).error.code).toBe("datastore_unavailable");
  });
});
