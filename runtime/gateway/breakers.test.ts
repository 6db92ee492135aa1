import { once } from "node:events";
import { connect, createServer } from "node:net";
import { setTimeout as sleep } from "node:timers/promises";
import { describe, expect, it } from "vitest";
import { errorAnswerSchema, servicesAnswerSchema } from "../../catalog/endpoints.ts";
import {
  countOutcomes,
  lastBadAfter,
  type Load,
  type LoadAnswer,
  startLoad,
} from "../kit/testing/load.ts";
import { waitUntil } from "../kit/testing/wait-until.ts";
import { echo, execute, gatewayWith, json, service } from "./testing/gateway-under-test.ts";
import type { TestGateway, TestService } from "./testing/test-gateway.ts";

const isCheck = (url: string | undefined): boolean => url === "/health/ready";

/** What the service was asked on behalf of users. */
function asked({ seen }: TestService): number {
  return seen.filter(({ url }) => !isCheck(url)).length;
}

function stateOf(gateway: TestGateway): string {
  return gateway.breakers.ofService("trading").view().state;
}

async function waitForState(gateway: TestGateway, state: string): Promise<void> {
  await waitUntil(() => stateOf(gateway) === state, { what: `the breaker is ${state}` });
}

/** Until fifty answers in a row were good. */
async function waitForGood({ answers }: Load): Promise<void> {
  const startedAt = answers.length;
  const isGood = ({ outcome }: LoadAnswer) => outcome === 200;
  await waitUntil(() => answers.length >= startedAt + 50 && answers.slice(-50).every(isGood), {
    what: "fifty good answers in a row",
    deadlineMs: 5000,
  });
}

async function listenAgain({ server, instance }: TestService): Promise<void> {
  server.listen(instance.port, "127.0.0.1");
  await once(server, "listening");
}

describe("a service that is dead", () => {
  it("is answered for at once: 503 with the reason, and when to come again", async () => {
    const gateway = await gatewayWith();
    const trading = await echo();
    gateway.register(trading.instance);
    await trading.stop();
    expect((await gateway.ask(execute)).status).toBe(503);
    const address = `127.0.0.1:${trading.instance.port}`;
    const tookMs: number[] = [];
    for (let count = 0; count < 20; count += 1) {
      const startedMs = performance.now();
      const answer = await gateway.ask(execute, { method: "POST", headers: json, body: "{}" });
      tookMs.push(performance.now() - startedMs);
      expect([answer.status, answer.headers["x-fallback"], answer.headers["retry-after"]]).toEqual([
        503,
        "unavailable",
        "5",
      ]);
      expect(errorAnswerSchema.parse(answer.json).error).toMatchObject({
        code: "service_unavailable",
        service: "trading",
        reason: `it refuses connections at ${address}`,
      });
    }
    // The middle one: the machine may be busy for a moment.
    expect(tookMs.toSorted((a, b) => a - b)[10]).toBeLessThan(50);
    const { services } = servicesAnswerSchema.parse((await gateway.ask("/services")).json);
    expect(services["trading"]).toMatchObject({
      status: "unavailable",
      breaker: { state: "open", reason: `it refuses connections at ${address}` },
      instances: [{ address, status: "ejected", breaker: { state: "closed", failures: 1 } }],
    });
    const { values } = await gateway.metrics.circuitState.get();
    expect(values.find(({ labels }) => labels.service === "trading")?.value).toBe(2);
    const rejected = await gateway.metrics.circuitRejections.get();
    expect(rejected.values.find(({ labels }) => labels.service === "trading")?.value).toBe(20);
  });

  it("gives good answers within two seconds of its return, with nobody told that it is back", async () => {
    const gateway = await gatewayWith();
    const trading = await echo();
    gateway.register(trading.instance);
    await trading.stop();
    const load = startLoad(`http://127.0.0.1:${gateway.port}`, { path: execute, perSecond: 100 });
    await sleep(800);
    const backMs = performance.now();
    await listenAgain(trading);
    await waitForGood(load);
    const answers = await load.stop();
    const counts = countOutcomes(answers);
    expect(Object.keys(counts).sort()).toEqual(["200", "503 unavailable"]);
    expect(lastBadAfter(answers, backMs)).toBeLessThan(2000);
  });

  it("is found again without a single request", async () => {
    const gateway = await gatewayWith();
    const trading = await echo();
    gateway.register(trading.instance);
    await trading.stop();
    await gateway.ask(execute);
    expect(stateOf(gateway)).toBe("open");
    await listenAgain(trading);
    await waitForState(gateway, "closed");
    expect(asked(trading)).toBe(0);
    expect((await gateway.ask(execute)).status).toBe(200);
  });
});

describe("a service that fails", () => {
  it("is left alone while it answers garbage, and is back within two seconds", async () => {
    const gateway = await gatewayWith();
    let connections = 0;
    const garbage = createServer((socket) => {
      connections += 1;
      socket.on("error", () => undefined);
      socket.on("data", () => socket.end("this is not HTTP\r\n\r\n"));
    });
    const trading = await echo();
    await trading.stop();
    garbage.listen(trading.instance.port, "127.0.0.1");
    await once(garbage, "listening");
    gateway.register(trading.instance);
    const load = startLoad(`http://127.0.0.1:${gateway.port}`, { path: execute, perSecond: 200 });
    await waitForState(gateway, "open");
    const openAt = connections;
    await sleep(1000);
    // A check now and then, and at most three users at a time.
    expect(connections - openAt).toBeLessThan(20);
    garbage.close();
    await once(garbage, "close");
    const backMs = performance.now();
    await listenAgain(trading);
    await waitForGood(load);
    const answers = await load.stop();
    expect(lastBadAfter(answers, backMs)).toBeLessThan(2000);
    expect(Object.keys(countOutcomes(answers)).sort()).toEqual(["200", "502", "503 unavailable"]);
  });

  it("is tried by three requests at once and no more while it hangs", async () => {
    const gateway = await gatewayWith({
      deadlineMs: 150,
      breakerRules: { probeDeadlineMs: 200, firstOpenMs: 500 },
    });
    let hangs = true;
    const trading = await service("trading", (request, response) => {
      if (!hangs || isCheck(request.url)) response.end("{}");
    });
    gateway.register(trading.instance);
    const many = (count: number) =>
      Promise.all(Array.from({ length: count }, async () => (await gateway.ask(execute)).status));
    expect(await many(10)).toEqual(Array.from({ length: 10 }, () => 504));
    expect(stateOf(gateway)).toBe("open");
    for (let round = 0; round < 2; round += 1) {
      await waitForState(gateway, "half_open");
      const before = asked(trading);
      const statuses = await many(50);
      const tried = statuses.filter((status) => status === 504).length;
      expect(tried).toBeGreaterThan(0);
      expect(tried).toBeLessThanOrEqual(3);
      expect(asked(trading) - before).toBeLessThanOrEqual(3);
      expect(statuses.filter((status) => status === 503)).toHaveLength(50 - tried);
      expect(stateOf(gateway)).toBe("open");
    }
    hangs = false;
    await waitForState(gateway, "half_open");
    for (let count = 0; count < 3; count += 1) {
      expect((await gateway.ask(execute)).status).toBe(200);
    }
    expect(stateOf(gateway)).toBe("closed");
  });

  it("gets no request at all while its own readiness page does not answer", async () => {
    const gateway = await gatewayWith({ deadlineMs: 100 });
    let hangs = true;
    const trading = await service("trading", (_request, response) => {
      if (!hangs) response.end("{}");
    });
    gateway.register(trading.instance);
    await Promise.all(Array.from({ length: 10 }, () => gateway.ask(execute)));
    expect(stateOf(gateway)).toBe("open");
    await waitUntil(() => trading.seen.some(({ url }) => isCheck(url)), { what: "it is checked" });
    const before = asked(trading);
    const load = startLoad(`http://127.0.0.1:${gateway.port}`, { path: execute, perSecond: 50 });
    await sleep(1200);
    // The first half-open moment may have come before the first check had failed.
    expect(asked(trading) - before).toBeLessThanOrEqual(3);
    hangs = false;
    const backMs = performance.now();
    await waitForGood(load);
    expect(lastBadAfter(await load.stop(), backMs)).toBeLessThan(2000);
  });

  it("opens when half its answers are slow, though they are good", async () => {
    const gateway = await gatewayWith({ breakerRules: { slowMs: 50 } });
    let delayMs = 80;
    const trading = await service("trading", (_request, response) => {
      setTimeout(() => response.end("{}"), delayMs);
    });
    gateway.register(trading.instance);
    await Promise.all(Array.from({ length: 10 }, () => gateway.ask(execute)));
    const answer = await gateway.ask(execute);
    expect([answer.status, answer.headers["retry-after"]]).toEqual([503, "1"]);
    expect(errorAnswerSchema.parse(answer.json).error).toMatchObject({
      reason: "10 of the last 10 calls took longer than 50 ms",
    });
    delayMs = 0;
    await waitUntil(async () => (await gateway.ask(execute)).status === 200, {
      what: "good answers again",
      deadlineMs: 2000,
    });
  });

  it("ends well when it flaps", async () => {
    const gateway = await gatewayWith();
    const trading = await echo();
    gateway.register(trading.instance);
    const load = startLoad(`http://127.0.0.1:${gateway.port}`, { path: execute, perSecond: 100 });
    for (let round = 0; round < 4; round += 1) {
      await sleep(250);
      trading.server.closeAllConnections();
      trading.server.close();
      await sleep(250);
      await listenAgain(trading);
    }
    const backMs = performance.now();
    await waitForGood(load);
    const answers = await load.stop();
    expect(lastBadAfter(answers, backMs)).toBeLessThan(2000);
    for (const outcome of Object.keys(countOutcomes(answers))) {
      expect(["200", "502", "503 unavailable"]).toContain(outcome);
    }
  });
});

describe("what does not count against a service", () => {
  it("its 4xx and 500, and clients that leave", async () => {
    const gateway = await gatewayWith();
    const trading = await service("trading", (request, response) => {
      if (request.url?.includes("hang")) return;
      response.statusCode = Number(request.headers["x-status"] ?? 200);
      response.end("{}");
    });
    gateway.register(trading.instance);
    for (const status of ["400", "404", "409", "429", "500"]) {
      for (let count = 0; count < 20; count += 1) {
        await gateway.ask(execute, { headers: { "x-status": status } });
      }
    }
    const before = trading.seen.length;
    for (let count = 0; count < 20; count += 1) {
      const socket = connect(gateway.port, "127.0.0.1");
      socket.write(`GET ${execute}?hang HTTP/1.1\r\nHost: x\r\n\r\n`);
      await waitUntil(() => trading.seen.length === before + count + 1, { what: "it arrived" });
      socket.destroy();
    }
    await waitUntil(() => gateway.breakers.ofService("trading").view().calls === 100, {
      what: "a hundred calls are counted",
    });
    expect(gateway.breakers.ofService("trading").view()).toMatchObject({
      state: "closed",
      failures: 0,
      slowCalls: 0,
    });
  });

  it("clients that send their bodies slowly", async () => {
    const gateway = await gatewayWith({ deadlineMs: 100 });
    const trading = await service("trading", (request, response) => {
      request.on("error", () => undefined).resume();
      request.once("end", () => response.end("{}"));
    });
    gateway.register(trading.instance);
    await Promise.all(
      Array.from({ length: 20 }, async () => {
        const socket = connect(gateway.port, "127.0.0.1");
        socket.write(
          `POST ${execute} HTTP/1.1\r\nHost: x\r\nX-User-ID: 7\r\nContent-Length: 9\r\n\r\n{`,
        );
        await once(socket, "data");
        socket.destroy();
      }),
    );
    for (const breaker of [
      gateway.breakers.ofService("trading"),
      gateway.breakers.ofInstance(trading.instance),
    ]) {
      expect(breaker.view()).toMatchObject({ state: "closed", failures: 0 });
    }
    expect((await gateway.ask(execute)).status).toBe(200);
  });
});

describe("one bad instance of three", () => {
  it("is kept out, and its healthy replicas go on", async () => {
    const gateway = await gatewayWith();
    const bad = await service("trading", (request, response) => {
      response.statusCode = isCheck(request.url) ? 200 : 503;
      response.end("{}");
    });
    const good = [await echo(), await echo()];
    gateway.register(bad.instance, ...good.map(({ instance }) => instance));
    const changes: string[] = [];
    gateway.breakers.onChange(({ instance, to }) => changes.push(`${instance ?? "service"} ${to}`));
    let failed = 0;
    for (let count = 0; count < 300; count += 1) {
      // A POST is never repeated, so each one that meets the bad one is seen here.
      const { status } = await gateway.ask(execute, { method: "POST", headers: json, body: "{}" });
      if (status !== 200) failed += 1;
    }
    expect(changes.filter((change) => change.startsWith("service"))).toEqual([]);
    expect(changes).toContain(`${bad.instance.id} open`);
    expect(failed).toBeGreaterThanOrEqual(10);
    expect(failed).toBeLessThan(20);
    expect(asked(bad)).toBe(failed);
    const { services } = servicesAnswerSchema.parse((await gateway.ask("/services")).json);
    expect(services["trading"]).toMatchObject({ status: "healthy", breaker: { state: "closed" } });
    expect(services["trading"]?.instances[0]?.breaker?.state).not.toBe("closed");
  });
});

describe("an operator", () => {
  it("takes a service out for a time, and puts it in again", async () => {
    const gateway = await gatewayWith();
    const trading = await echo();
    gateway.register(trading.instance);
    gateway.breakers.ofService("trading").force("open", 90_000);
    const answer = await gateway.ask(execute);
    expect([answer.status, answer.headers["retry-after"]]).toEqual([503, "90"]);
    expect(errorAnswerSchema.parse(answer.json).error).toMatchObject({
      reason: "an operator holds it open",
    });
    gateway.breakers.ofService("trading").reset();
    expect((await gateway.ask(execute)).status).toBe(200);
  });
});

describe("instances come and go", () => {
  it("leaves no breaker behind, and gives a new start a new one", async () => {
    const gateway = await gatewayWith();
    const trading = await echo();
    gateway.register(trading.instance);
    const before = gateway.breakers.ofInstance(trading.instance);
    const again = { ...trading.instance, incarnation: "second" };
    gateway.register(again);
    expect(gateway.breakers.ofInstance(again)).not.toBe(before);
    expect(gateway.breakers.ofInstance({ ...again })).toBe(gateway.breakers.ofInstance(again));
  });

  it("tries a failing service at once when a new instance of it is there", async () => {
    const gateway = await gatewayWith({ breakerRules: { firstOpenMs: 60_000 } });
    const failing = await service("trading", (_request, response) => {
      response.statusCode = 503;
      response.end("{}");
    });
    gateway.register(failing.instance);
    const post = { method: "POST", headers: json, body: "{}" } as const;
    for (let count = 0; count < 10; count += 1) await gateway.ask(execute, post);
    expect(stateOf(gateway)).toBe("open");
    const better = await echo();
    gateway.register(better.instance);
    expect((await gateway.ask(execute, post)).status).toBe(200);
  });
});
