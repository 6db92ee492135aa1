import { connect } from "node:net";
import { describe, expect, it } from "vitest";
import { errorAnswerSchema } from "../../catalog/endpoints.ts";
import { waitUntil } from "../kit/testing/wait-until.ts";
import { echo, execute, gatewayWith } from "./testing/gateway-under-test.ts";
import { type Conversation, request, talk } from "./testing/raw-client.ts";

/** As deployed, but in a tenth of a second. */
const short = { headersTimeout: 100, requestTimeout: 200, connectionsCheckingInterval: 20 };
const host = "Host: gateway";

function codes({ answers }: Conversation): string[] {
  return answers.map(({ status, body }) =>
    status < 400
      ? String(status)
      : `${status} ${errorAnswerSchema.parse(JSON.parse(body)).error.code}`,
  );
}

describe("a client that sends slowly", () => {
  it.each<[string, readonly string[]]>([
    ["nothing at all", []],
    ["half a head", [`GET ${execute} HTTP/1.1\r\n`]],
    [
      "a header now and then",
      [`GET ${execute} HTTP/1.1\r\n`, ...Array<string>(40).fill("X-A: b\r\n")],
    ],
  ])("is cut off: %s", async (_name, pieces) => {
    const gateway = await gatewayWith({ serverOptions: short });
    const startedMs = performance.now();
    const conversation = await talk(gateway.port, pieces, { betweenMs: 10, quietMs: 3000 });
    expect([codes(conversation), conversation.ended]).toEqual([["408 request_timeout"], true]);
    expect(performance.now() - startedMs).toBeLessThan(2000);
    expect(gateway.refusals).toEqual(["request_timeout"]);
  });

  it("is cut off in the middle of its body, and the service with it", async () => {
    const gateway = await gatewayWith({ serverOptions: short });
    const trading = await echo();
    gateway.register(trading.instance);
    const text = request(
      `POST ${execute} HTTP/1.1`,
      host,
      "Content-Length: 100",
      "Content-Type: a/b",
    );
    const conversation = await talk(gateway.port, [text, ...Array<string>(10).fill("x")], {
      betweenMs: 10,
      quietMs: 3000,
    });
    expect([codes(conversation), conversation.ended]).toEqual([["408 request_timeout"], true]);
    await waitUntil(() => trading.seen[0]?.destroyed === true, { what: "the service is let go" });
  });

  it("has no answer written behind the one it got: one that was refused and does not send its body is just cut off", async () => {
    const gateway = await gatewayWith({ serverOptions: short });
    const text = request("POST /health HTTP/1.1", host, "Content-Length: 100");
    const conversation = await talk(gateway.port, [text], { quietMs: 3000 });
    expect([codes(conversation), conversation.ended, conversation.rest]).toEqual([
      ["405 method_not_allowed"],
      true,
      "",
    ]);
  });

  it("does not keep others from being served", async () => {
    const gateway = await gatewayWith({ serverOptions: short });
    gateway.register((await echo()).instance);
    const slow = Array.from({ length: 100 }, () => connect(gateway.port, "127.0.0.1"));
    let closed = 0;
    for (const socket of slow) {
      socket.write(`GET ${execute} HTTP/1.1\r\n`);
      socket
        .resume()
        .on("error", () => undefined)
        .once("close", () => (closed += 1));
    }
    for (let count = 0; count < 20; count += 1) {
      expect((await gateway.ask(execute)).status).toBe(200);
    }
    await waitUntil(() => closed === 100, { what: "the slow ones are cut off" });
  });
});
