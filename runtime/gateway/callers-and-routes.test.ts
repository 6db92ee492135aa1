import { describe, expect, it } from "vitest";
import { errorAnswerSchema } from "../../catalog/endpoints.ts";
import {
  execute,
  json,
  gatewayWith,
  echo,
  type Echo,
  askRaw,
} from "./testing/gateway-under-test.ts";
import type { AskOptions } from "./testing/test-gateway.ts";

describe("who asks", () => {
  async function callerSeen(options: AskOptions) {
    const gateway = await gatewayWith();
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
