import { once } from "node:events";
import { connect } from "node:net";
import { afterEach, describe, expect, it } from "vitest";
import {
  errorAnswerSchema,
  gatewayHealthSchema,
  servicesAnswerSchema,
} from "../../catalog/endpoints.ts";
import { serviceNames } from "../../catalog/services.ts";
import { waitUntil } from "../kit/testing/wait-until.ts";
import {
  type AskOptions,
  readText,
  startTestGateway,
  startTestService,
  type TestGateway,
  type TestGatewayOptions,
  type TestService,
} from "./testing/test-gateway.ts";

const execute = "/api/v1/trading/execute";
const json = { "content-type": "application/json" };

const running: { stop(): Promise<void> }[] = [];
afterEach(async () => {
  for (const one of running.splice(0).reverse()) await one.stop();
});

async function gatewayWith(options: TestGatewayOptions = {}): Promise<TestGateway> {
  const gateway = await startTestGateway(options);
  running.push(gateway);
  return gateway;
}

async function service(...args: Parameters<typeof startTestService>): Promise<TestService> {
  const started = await startTestService(...args);
  running.push(started);
  return started;
}

/** Answers with what it got. */
function echo(overrides: Parameters<typeof startTestService>[2] = {}): Promise<TestService> {
  return service(
    "trading",
    (request, response) => {
      void readText(request).then((body) => {
        response.setHeader("content-type", "application/json");
        response.end(JSON.stringify({ url: request.url, headers: request.headers, body }));
      });
    },
    overrides,
  );
}

interface Echo {
  readonly url: string;
  readonly headers: Record<string, string>;
  readonly body: string;
}

describe("forwarding", () => {
  it("passes path, query, body and headers on, and the answer back", async () => {
    const gateway = await gatewayWith();
    const trading = await echo();
    gateway.register(trading.instance);
    const answer = await gateway.ask(`${execute}?a=1&b=%20`, {
      method: "POST",
      headers: { ...json, "x-custom": "kept", "x-correlation-id": "abc-1" },
      body: '{"user_id":123}',
    });
    expect(answer.status).toBe(200);
    expect(answer.headers["x-correlation-id"]).toBe("abc-1");
    expect(answer.headers["x-processing-time"]).toMatch(/^\d+\.\d{4}s$/);
    const { url, headers, body } = answer.json as Echo;
    expect(url).toBe(`${execute}?a=1&b=%20`);
    expect(body).toBe('{"user_id":123}');
    expect(headers).toMatchObject({
      "x-custom": "kept",
      "x-correlation-id": "abc-1",
      "x-user-id": "123",
      "x-forwarded-for": "127.0.0.1",
      "x-forwarded-host": `127.0.0.1:${gateway.port}`,
      "x-forwarded-proto": "http",
      host: `127.0.0.1:${trading.instance.port}`,
    });
  });

  it.each([
    ["10.1.2.3", "10.1.2.3"],
    ["not an address", "127.0.0.1"],
    ["6.6.6.6, 10.1.2.3", "127.0.0.1"],
  ])("behind the entry takes its word for the client: %s", async (said, passedOn) => {
    const gateway = await gatewayWith({ trustForwardedFor: true });
    gateway.register((await echo()).instance);
    const answer = await gateway.ask(execute, { headers: { "x-forwarded-for": said } });
    expect((answer.json as Echo).headers["x-forwarded-for"]).toBe(passedOn);
  });

  it.each([
    ["/api/v1/user", "/api/v1/users"],
    ["/api/v1/user/register?x=1", "/api/v1/users/register?x=1"],
    ["/api/v1/users/7", "/api/v1/users/7"],
  ])("takes a service's name for its route: %s", async (asked, got) => {
    const gateway = await gatewayWith();
    const user = await service("user", (_request, response) => response.end());
    gateway.register(user.instance);
    expect((await gateway.ask(asked)).status).toBe(200);
    expect(user.seen[0]?.url).toBe(got);
  });

  it("gives a correlation id where there is none, or none that could be logged", async () => {
    const gateway = await gatewayWith();
    gateway.register((await echo()).instance);
    for (const headers of [
      {},
      { "x-correlation-id": "bad id" },
      { "x-correlation-id": "x".repeat(65) },
    ]) {
      const answer = await gateway.ask(execute, { headers });
      expect(answer.headers["x-correlation-id"]).toMatch(/^req_[0-9a-f]{16}$/);
      const { headers: got } = answer.json as Echo;
      expect(got["x-correlation-id"]).toBe(answer.headers["x-correlation-id"]);
    }
  });

  it("keeps headers of one connection to that connection, in both directions", async () => {
    const gateway = await gatewayWith();
    const trading = await service("trading", (_request, response) => {
      response.writeHead(200, { connection: "x-private", "x-private": "1", "x-public": "2" });
      response.end();
    });
    gateway.register(trading.instance);
    const answer = await askRaw(gateway.port, [
      `GET ${execute} HTTP/1.1`,
      "Host: gateway",
      "Connection: close, X-Secret, X-User-ID, X-Correlation-ID",
      "X-Secret: 1",
      "X-User-ID: 7",
      "X-Correlation-ID: abc-2",
      "TE: trailers",
      "X-Forwarded-For: 6.6.6.6",
    ]);
    const got = trading.seen[0]?.headers;
    expect(got).not.toHaveProperty("x-secret");
    expect(got).not.toHaveProperty("te");
    // What the gateway says itself cannot be taken away or forged.
    expect(got).toMatchObject({
      "x-user-id": "7",
      "x-correlation-id": "abc-2",
      "x-forwarded-for": "127.0.0.1",
    });
    expect(answer).toMatch(/^HTTP\/1.1 200 /);
    expect(answer.toLowerCase()).toContain("x-public: 2");
    expect(answer.toLowerCase()).not.toContain("x-private: 1");
  });

  it("streams a body of 8 MB both ways without keeping it", async () => {
    const gateway = await gatewayWith();
    const trading = await service("trading", (request, response) => request.pipe(response));
    gateway.register(trading.instance);
    const body = Buffer.alloc(8 * 1024 * 1024, "abcdefgh");
    const answer = await gateway.ask(execute, {
      method: "POST",
      headers: { "x-user-id": "1", "content-type": "application/octet-stream" },
      body,
    });
    expect(answer.text.length).toBe(body.length);
    expect(answer.text === body.toString()).toBe(true);
  });

  it("forwards statuses without a body and HEAD", async () => {
    const gateway = await gatewayWith();
    const trading = await service("trading", (request, response) => {
      if (request.method === "HEAD") response.writeHead(200, { "content-length": "42" }).end();
      else response.writeHead(204).end();
    });
    gateway.register(trading.instance);
    expect((await gateway.ask(execute, { method: "DELETE" })).status).toBe(204);
    const head = await gateway.ask(execute, { method: "HEAD" });
    expect([head.status, head.headers["content-length"]]).toEqual([200, "42"]);
  });
});

describe("who asks", () => {
  async function callerSeen(options: AskOptions, gatewayOptions: TestGatewayOptions = {}) {
    const gateway = await gatewayWith(gatewayOptions);
    gateway.register((await echo()).instance);
    const answer = await gateway.ask(execute, { method: "POST", ...options });
    return answer.status === 200
      ? ((answer.json as Echo).headers["x-user-id"] ?? "nobody")
      : `${answer.status} ${errorAnswerSchema.parse(answer.json).error.code}`;
  }

  it.each<[string, AskOptions, string]>([
    ["the header", { headers: { "x-user-id": "ada" } }, "ada"],
    [
      "the header before the body",
      { headers: { ...json, "x-user-id": "ada" }, body: '{"user_id":1}' },
      "ada",
    ],
    ["the body's number", { headers: json, body: '{"user_id":123}' }, "123"],
    ["the body's text", { headers: json, body: '{"user_id":"bob"}' }, "bob"],
    ["a body of another kind", { headers: { "content-type": "text/csv" }, body: "{" }, "nobody"],
    ["a body without one", { headers: json, body: "[1]" }, "nobody"],
    ["one the service will refuse", { headers: json, body: '{"user_id":"a b"}' }, "nobody"],
    ["a header that is no id", { headers: { "x-user-id": "a b" } }, "400 invalid_identity"],
    ["broken JSON", { headers: json, body: '{"user_id":' }, "400 invalid_json"],
    [
      "a JSON body that is too large",
      { headers: json, body: JSON.stringify({ user_id: 1, pad: "x".repeat(65_536) }) },
      "413 body_too_large",
    ],
    [
      "a large body with the header",
      {
        headers: { ...json, "x-user-id": "ada" },
        body: JSON.stringify({ pad: "x".repeat(65_536) }),
      },
      "ada",
    ],
  ])("is taken from %s", async (_name, options, caller) => {
    expect(await callerSeen(options)).toBe(caller);
  });

  it.each<[string, AskOptions, string]>([
    ["a header", { headers: { "x-user-id": "ada" } }, "nobody"],
    ["a body", { headers: json, body: '{"user_id":123}' }, "nobody"],
    ["a token", { headers: { authorization: "Bearer x" } }, "401 token_not_supported"],
  ])("is not believed of %s in mode jwt", async (_name, options, caller) => {
    expect(await callerSeen(options, { authMode: "jwt" })).toBe(caller);
  });

  it("says where JSON is broken", async () => {
    const gateway = await gatewayWith();
    const answer = await gateway.ask(execute, {
      method: "POST",
      headers: json,
      body: '{"a": tru}',
    });
    expect(errorAnswerSchema.parse(answer.json).error.message).toMatch(
      /^Not valid JSON: Unexpected token/,
    );
  });
});

describe("routing", () => {
  it("lists what there is where there is nothing", async () => {
    const gateway = await gatewayWith();
    for (const path of ["/", "/api/v1/nothing", "/api/v1", "/api/v1/", "/health/x"]) {
      const answer = await gateway.ask(path);
      expect(answer.status).toBe(404);
      expect(errorAnswerSchema.parse(answer.json).error).toMatchObject({
        code: "unknown_route",
        service: "gateway",
        known: [
          "/health",
          "/health/live",
          "/health/ready",
          "/services",
          "/dashboard",
          "/metrics",
          "/api/v1/users/*",
          "/api/v1/trading/*",
          "/api/v1/gamification/*",
          "/api/v1/social/*",
          "/api/v1/nft/*",
          "/api/v1/financial/*",
        ],
      });
    }
  });

  it.each([
    "/api/v1/trading/../users",
    "/api/v1/trading/%2e%2e/users",
    "/api/v1/trading%2fexecute",
    "/api/v1/trading/a\\b",
    "/api/v1/./trading",
    "http://elsewhere/api/v1/trading",
  ])("refuses %s, which a service could read otherwise", async (path) => {
    const gateway = await gatewayWith();
    const answer = await askRaw(gateway.port, [
      `GET ${path} HTTP/1.1`,
      "Host: x",
      "Connection: close",
    ]);
    expect(answer).toMatch(/^HTTP\/1.1 400 /);
    expect(answer).toContain("invalid_path");
  });

  it("takes GET and HEAD only on its own pages", async () => {
    const gateway = await gatewayWith();
    const answer = await gateway.ask("/health", { method: "POST" });
    expect([answer.status, answer.headers["allow"]]).toEqual([405, "GET, HEAD"]);
  });
});

describe("a service that is not there", () => {
  async function expectUnavailable(gateway: TestGateway, options: AskOptions, withinMs: number) {
    const startedMs = performance.now();
    const answer = await gateway.ask(execute, options);
    expect(performance.now() - startedMs).toBeLessThan(withinMs);
    expect(answer.status).toBe(503);
    expect(answer.headers).toMatchObject({ "retry-after": "5", "x-fallback": "unavailable" });
    expect(errorAnswerSchema.parse(answer.json).error).toMatchObject({
      code: "service_unavailable",
      service: "trading",
      correlationId: answer.headers["x-correlation-id"],
    });
  }

  it.each<[string, AskOptions]>([
    ["GET", {}],
    ["POST", { method: "POST", headers: json, body: '{"user_id":1}' }],
    [
      "a streamed POST",
      { method: "POST", headers: { "x-user-id": "1" }, body: "x".repeat(99_999) },
    ],
  ])("is answered for at once, nobody registered: %s", async (_name, options) => {
    await expectUnavailable(await gatewayWith(), options, 200);
  });

  it.each<[string, AskOptions]>([
    ["GET", {}],
    ["POST", { method: "POST", headers: json, body: '{"user_id":1}' }],
    [
      "a streamed POST",
      { method: "POST", headers: { "x-user-id": "1" }, body: "x".repeat(99_999) },
    ],
  ])("is answered for at once where the port refuses: %s", async (_name, options) => {
    const gateway = await gatewayWith();
    const trading = await echo();
    gateway.register(trading.instance);
    await trading.stop();
    await expectUnavailable(gateway, options, 500);
    expect(gateway.registry.usable("trading")).toEqual([]);
    const { json: answer } = await gateway.ask(execute);
    expect(errorAnswerSchema.parse(answer).error.message).toBe(
      `The trading service is not available: it refuses connections at 127.0.0.1:${trading.instance.port}. Try again in a few seconds.`,
    );
    await expectUnavailable(gateway, options, 200);
  });

  it.each([
    ["the name is gone", "trading-service.invalid"],
    ["the address leads nowhere", "192.0.2.1"],
  ])("is answered for within a second where %s", async (_name, host) => {
    const gateway = await gatewayWith();
    const trading = await echo();
    gateway.register({ ...trading.instance, host });
    await expectUnavailable(gateway, {}, 1000);
    await expectUnavailable(gateway, {}, 200);
  });

  it("leaves the connection usable when a body was not read", async () => {
    const gateway = await gatewayWith();
    const body = "x".repeat(3_000_000);
    for (let round = 0; round < 3; round += 1) {
      await expectUnavailable(
        gateway,
        { method: "POST", headers: { "x-user-id": "1" }, body },
        1000,
      );
      expect((await gateway.ask("/health/live")).status).toBe(200);
    }
  });

  it.each<[string, AskOptions]>([
    ["GET", {}],
    ["POST with a small JSON body", { method: "POST", headers: json, body: '{"user_id":1}' }],
  ])("costs nothing while another instance lives: %s", async (_name, options) => {
    const gateway = await gatewayWith();
    const [dead, alive] = [await echo(), await echo()];
    gateway.register(dead.instance, alive.instance);
    await dead.stop();
    for (let count = 0; count < 20; count += 1) {
      expect((await gateway.ask(execute, options)).status).toBe(200);
    }
    expect(alive.seen).toHaveLength(20);
  });

  it("is used again at its next start, on the same port", async () => {
    const gateway = await gatewayWith();
    const first = await echo();
    gateway.register(first.instance);
    expect((await gateway.ask(execute)).status).toBe(200);
    await first.stop();
    expect((await gateway.ask(execute)).status).toBe(503);
    first.server.listen(first.instance.port, "127.0.0.1");
    await once(first.server, "listening");
    gateway.register({ ...first.instance, incarnation: "second" });
    expect((await gateway.ask(execute)).status).toBe(200);
  });
});

describe("a service in trouble", () => {
  it("has a deadline for the head of its answer", async () => {
    const gateway = await gatewayWith({ deadlineMs: 100 });
    let closed = false;
    const trading = await service("trading", (request) => {
      request.once("close", () => {
        closed = true;
      });
    });
    gateway.register(trading.instance);
    const answer = await gateway.ask(execute);
    expect([answer.status, errorAnswerSchema.parse(answer.json).error.code]).toEqual([
      504,
      "upstream_timeout",
    ]);
    await waitUntil(() => closed, { what: "the service's request is cut off" });
  });

  it("is not asked again when it hung up: the request may have been done", async () => {
    const gateway = await gatewayWith();
    const trading = await service("trading", (request) => request.socket.destroy());
    gateway.register(trading.instance);
    const answer = await gateway.ask(execute, { method: "POST", headers: json, body: "{}" });
    expect([answer.status, errorAnswerSchema.parse(answer.json).error.code]).toEqual([
      502,
      "upstream_failed",
    ]);
    expect(trading.seen).toHaveLength(1);
  });

  it("breaks the client's connection when it breaks in the middle", async () => {
    const gateway = await gatewayWith();
    const trading = await service("trading", (_request, response) => {
      response.writeHead(200, { "content-length": "100" });
      response.write("half", () => response.destroy());
    });
    gateway.register(trading.instance);
    await expect(gateway.ask(execute)).rejects.toThrow();
    expect((await gateway.ask("/health/live")).status).toBe(200);
  });

  it("is left alone when the client is gone", async () => {
    const gateway = await gatewayWith();
    let closed = false;
    const trading = await service("trading", (request) => {
      request.once("close", () => {
        closed = true;
      });
    });
    gateway.register(trading.instance);
    const socket = connect(gateway.port, "127.0.0.1");
    socket.write(`GET ${execute} HTTP/1.1\r\nHost: x\r\n\r\n`);
    await waitUntil(() => trading.seen.length === 1, { what: "the request arrived" });
    socket.destroy();
    await waitUntil(() => closed, { what: "the service's request is cut off" });

    const { text } = await gateway.ask("/metrics");
    expect(text).toMatch(/code="499"\} 1$/m);
  });

  it("survives clients that leave in the middle of an answer, or of a body", async () => {
    const gateway = await gatewayWith();
    let cutOff = 0;
    const trading = await service("trading", (_request, response) => {
      response.once("close", () => {
        cutOff += response.writableFinished ? 0 : 1;
      });
      const pour = (): void => {
        while (!response.destroyed && response.write("x".repeat(65_536)));
        response.once("drain", pour);
      };
      pour();
    });
    gateway.register(trading.instance);
    for (let count = 0; count < 10; count += 1) {
      const reader = connect(gateway.port, "127.0.0.1");
      reader.write(`GET ${execute} HTTP/1.1\r\nHost: x\r\n\r\n`);
      await once(reader, "data");
      reader.destroy();
      const writer = connect(gateway.port, "127.0.0.1");
      writer.write(
        `POST ${execute} HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: 99\r\n\r\n{`,
      );
      await once(writer, "ready");
      writer.destroy();
    }
    await waitUntil(() => cutOff === 10, { what: "all answers are cut off" });
    expect((await gateway.ask("/health/live")).status).toBe(200);
  });

  it("gets fewer requests than one that answers", async () => {
    const gateway = await gatewayWith();
    const slow = await service("trading", () => undefined);
    const quick = await echo();
    gateway.register(slow.instance, quick.instance);
    const hanging = Array.from({ length: 4 }, () => gateway.ask(execute).catch(() => undefined));
    await waitUntil(() => slow.seen.length + quick.seen.length >= 4, { what: "the first four" });
    const before = slow.seen.length;
    for (let count = 0; count < 20; count += 1) await gateway.ask(execute);
    expect(slow.seen.length - before).toBeLessThanOrEqual(before === 0 ? 1 : 0);
    await slow.stop();
    await Promise.all(hanging);
  });
});

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
    gateway.registry.eject(bad.instance);
    const answer = servicesAnswerSchema.parse((await gateway.ask("/services")).json);
    expect(answer.registry.source).toBe("redis");
    expect(Object.keys(answer.services)).toEqual([...serviceNames]);
    expect(answer.services["user"]).toEqual({
      status: "unavailable",
      routePrefix: "/api/v1/users",
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

/** Sends these very lines, and reads until the connection ends. */
async function askRaw(port: number, lines: readonly string[]): Promise<string> {
  const socket = connect(port, "127.0.0.1");
  socket.write(`${lines.join("\r\n")}\r\n\r\n`);
  const chunks: Buffer[] = [];
  for await (const chunk of socket) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks).toString("latin1");
}
