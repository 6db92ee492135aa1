import { describe, expect, it } from "vitest";
import {
  execute,
  gatewayWith,
  service,
  echo,
  type Echo,
  askRaw,
  json,
} from "./testing/gateway-under-test.ts";

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
    const gateway = await gatewayWith({ maxBodyBytes: 8 * 1024 * 1024 });
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
