import { describe, expect, it } from "vitest";
import { echo, type Echo, execute, gatewayWith, json } from "../testing/gateway-under-test.ts";

const made = /^req_[0-9a-f]{16}$/;
const id = "X-Correlation-ID";

describe("every answer has the request's correlation id", () => {
  it.each([
    ["a page of the gateway's own", "GET", "/health", 200],
    ["a path that does not exist", "GET", "/nothing", 404],
    ["a path that is refused", "GET", "/api/v1/trading/a%2fb", 400],
    ["a method that is refused", "POST", "/health", 405],
    ["a service that is away", "GET", "/api/v1/trading/markets", 503],
  ] as const)("%s", async (_what, method, path, status) => {
    const gateway = await gatewayWith();
    const given = await gateway.ask(path, { method, headers: { [id]: "plan-1" } });
    expect([given.status, given.headers["x-correlation-id"]]).toEqual([status, "plan-1"]);
    const none = await gateway.ask(path, { method });
    expect(none.headers["x-correlation-id"]).toMatch(made);
  });

  it.each([
    ["one that could break a log line", "a\tb"],
    ["one that is too long", "x".repeat(65)],
    ["an empty one", ""],
  ])("%s is replaced, for the service too", async (_what, offered) => {
    const gateway = await gatewayWith();
    const trading = await echo();
    gateway.register(trading.instance);
    const headers = { ...json, [id]: offered };
    const answer = await gateway.ask(execute, { method: "POST", headers, body: "{}" });
    const seen = (answer.json as Echo).headers["x-correlation-id"];
    expect(seen).toMatch(made);
    expect(answer.headers["x-correlation-id"]).toBe(seen);
  });
});
