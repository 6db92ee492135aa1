import { once } from "node:events";
import { connect } from "node:net";
import { describe, expect, it } from "vitest";
import { errorAnswerSchema } from "../../catalog/endpoints.ts";
import { waitUntil } from "../kit/testing/wait-until.ts";
import {
  execute,
  json,
  gatewayWith,
  service,
  echo,
  type Echo,
} from "./testing/gateway-under-test.ts";
import type { AskOptions, TestGateway } from "./testing/test-gateway.ts";

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
    const gateway = await gatewayWith({ maxBodyBytes: 4_000_000 });
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
    [
      "POST with a body that is streamed",
      { method: "POST", headers: { ...json, "x-user-id": "1" }, body: '{"user_id":1}' },
    ],
    [
      "POST with a body that is longer than what is kept of it",
      { method: "POST", headers: { "x-user-id": "1" }, body: "x".repeat(999_999) },
    ],
  ])("costs nothing while another instance lives: %s", async (_name, options) => {
    const gateway = await gatewayWith();
    const [dead, alive] = [await echo(), await echo()];
    gateway.register(dead.instance, alive.instance);
    await dead.stop();
    for (let count = 0; count < 20; count += 1) {
      // Nobody knows that it is dead, each time anew.
      gateway.register(dead.instance, alive.instance);
      gateway.registry.readmit(dead.instance);
      const answer = await gateway.ask(execute, options);
      expect(answer.status).toBe(200);
      expect((answer.json as Echo).body === (options.body ?? "")).toBe(true);
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

  it("lets nobody who comes after its return wait behind the requests that it has lost", async () => {
    const gateway = await gatewayWith({ breakerRules: { minimumCalls: 1e9 } });
    let isBack = false;
    const trading = await service("trading", (_request, response) => {
      if (isBack) response.end("good");
    });
    gateway.register(trading.instance);
    const lost = Array.from({ length: 400 }, () => gateway.ask(execute).catch(() => undefined));
    await waitUntil(() => trading.seen.length === lost.length, { what: "all are with it" });
    isBack = true;
    expect((await gateway.ask(execute)).text).toBe("good");
    await trading.stop();
    await Promise.all(lost);
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
