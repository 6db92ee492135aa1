import { once } from "node:events";
import { IncomingMessage, ServerResponse } from "node:http";
import { connect, createServer, type AddressInfo, Socket } from "node:net";
import type { Dispatcher } from "undici";
import { afterEach, describe, expect, it } from "vitest";
import { errorAnswerSchema } from "../../catalog/endpoints.ts";
import { waitUntil } from "../kit/testing/wait-until.ts";
import type { Breaker, CircuitState, Permit } from "./breaker/breaker.ts";
import type { CheckedBreakers } from "./breaker/breakers.ts";
import { createDeadlines } from "./deadlines.ts";
import type { Identify } from "./identity/identify.ts";
import { Sending, type SendOutcome } from "./send.ts";
import { beginExchange, type Outcome } from "./stage.ts";
import type { Upstream } from "./upstreams.ts";
import {
  echo,
  type Echo,
  execute,
  gatewayWith,
  json,
  service,
} from "./testing/gateway-under-test.ts";
import type { AskOptions, TestAnswer, TestGateway, TestService } from "./testing/test-gateway.ts";

interface Wrapping {
  readonly state?: CircuitState;
  readonly probeDeadlineMs?: number;
}

/** Notes how calls of instances ended; and has breakers say what the test wants. */
function noting({ state, probeDeadlineMs = Number.POSITIVE_INFINITY }: Wrapping = {}) {
  const outcomes: Outcome[] = [];
  const wrap = (breaker: Breaker): Breaker => ({
    tryAcquire: (...args) => {
      const permit = breaker.tryAcquire(...args);
      if (permit === null) return null;
      const end: Permit["end"] = (outcome, durationMs) => {
        outcomes.push(outcome);
        permit.end(outcome, durationMs);
      };
      return { probe: false, probeDeadlineMs, answered: () => permit.answered(), end };
    },
    view: () => ({ ...breaker.view(), ...(state && { state }) }),
    force: (...args) => breaker.force(...args),
    reset: () => breaker.reset(),
  });
  const wrapBreakers = (breakers: CheckedBreakers): CheckedBreakers => ({
    ...breakers,
    ofInstance: (instance) => wrap(breakers.ofInstance(instance)),
    ...(state && { ofService: (name) => wrap(breakers.ofService(name)) }),
  });
  return { wrapBreakers, outcomes };
}

/** These tests are about what is done before a breaker opens. */
const neverOpen = { minimumCalls: 1e9, connectFailures: 1e9, failures: 1e9 };

/** A gateway before two instances, of which one behaves as it is told. `asked` are the requests that each of them got. */
async function twoInstances(
  bad: Parameters<typeof service>[1],
  options: Parameters<typeof gatewayWith>[0] = {},
): Promise<{ gateway: TestGateway; asked: () => number[]; all: readonly TestService[] }> {
  const gateway = await gatewayWith({ breakerRules: neverOpen, ...options });
  const all = [await service("trading", bad), await echo()] as const;
  gateway.register(all[0].instance, all[1].instance);
  return { gateway, asked: () => all.map(({ seen }) => seen.length), all };
}

/** Asks until the first instance was asked so often. @returns all answers */
async function askUntil(
  { gateway, asked }: Awaited<ReturnType<typeof twoInstances>>,
  times: number,
  options: AskOptions = {},
): Promise<TestAnswer[]> {
  const answers: TestAnswer[] = [];
  while ((asked()[0] ?? 0) < times) answers.push(await gateway.ask(execute, options));
  return answers;
}

const statuses = (answers: readonly TestAnswer[]): number[] => [
  ...new Set(answers.map(({ status }) => status)),
];
const codeOf = (answer: TestAnswer): string => errorAnswerSchema.parse(answer.json).error.code;

describe("a second attempt", () => {
  it.each<[string, AskOptions]>([
    ["GET", {}],
    ["DELETE", { method: "DELETE" }],
    ["PUT with a body that was read", { method: "PUT", headers: json, body: '{"user_id":1}' }],
  ])(
    "is made elsewhere where the connection ends before the answer: %s",
    async (_name, options) => {
      const two = await twoInstances((request) => request.socket.destroy());
      expect(statuses(await askUntil(two, 3, options))).toEqual([200]);
    },
  );

  it("is made elsewhere where the registry is read again meanwhile", async () => {
    const two = await twoInstances((request) => {
      two.gateway.register(...two.all.map(({ instance }) => ({ ...instance })));
      request.socket.destroy();
    });
    expect(statuses(await askUntil(two, 8))).toEqual([200]);
  });

  it.each<[string, AskOptions]>([
    ["POST", { method: "POST", headers: json, body: '{"user_id":1}' }],
    [
      "POST with a key",
      { method: "POST", headers: { ...json, "idempotency-key": "k1" }, body: '{"user_id":1}' },
    ],
    [
      "PUT of a streamed body",
      { method: "PUT", headers: { "x-user-id": "1" }, body: "x".repeat(99_999) },
    ],
  ])("is never made of what may have been done: %s", async (_name, options) => {
    const two = await twoInstances((request) => request.socket.destroy());
    const answers = await askUntil(two, 1, options);
    expect([answers.at(-1)?.status, two.asked()[1]]).toEqual([502, answers.length - 1]);
  });

  it("is made after 503 that does not say when to come back, and the first answer is never seen", async () => {
    const two = await twoInstances((_request, response) => response.writeHead(503).end("busy"));
    expect(statuses(await askUntil(two, 2))).toEqual([200]);
  });

  it.each([
    [503, { "retry-after": "1" }],
    [504, {}],
    [500, {}],
  ])("is not made after %i %j", async (status, headers) => {
    const two = await twoInstances((_request, response) =>
      response.writeHead(status, headers).end("no"),
    );
    const answer = (await askUntil(two, 1)).at(-1);
    expect([answer?.status, answer?.text]).toEqual([status, "no"]);
  });

  it("is the last: the answer of the second one counts", async () => {
    const gateway = await gatewayWith();
    const all = await Promise.all(
      [1, 2, 3].map(() =>
        service("trading", (_request, response) => response.writeHead(503).end()),
      ),
    );
    gateway.register(...all.map(({ instance }) => instance));
    expect((await gateway.ask(execute)).status).toBe(503);
    expect(all.reduce((sum, { seen }) => sum + seen.length, 0)).toBe(2);
  });

  it("is not made without another instance", async () => {
    const gateway = await gatewayWith();
    const only = await service("trading", (_request, response) =>
      response.writeHead(503).end("busy"),
    );
    gateway.register(only.instance);
    expect((await gateway.ask(execute)).text).toBe("busy");
    expect(only.seen).toHaveLength(1);
  });

  it("is not made after a byte of the answer", async () => {
    const two = await twoInstances((_request, response) => {
      response.writeHead(200, { "content-length": "100" });
      response.write("half", () => response.destroy());
    });
    await expect(askUntil(two, 1)).rejects.toThrow();
  });

  it("is made no more often than the budget has", async () => {
    const two = await twoInstances((request) => request.socket.destroy());
    const answers = await askUntil(two, 30);
    const failed = answers.filter(({ status }) => status === 502).length;
    // Ten are always there, in ten seconds; one for each five requests where that is more.
    expect(30 - failed).toBe(Math.max(10, Math.floor(0.2 * answers.length)));
  });

  it("is not made while the breaker finds out whether the service is back", async () => {
    const { wrapBreakers } = noting({ state: "half_open" });
    const two = await twoInstances((request) => request.socket.destroy(), { wrapBreakers });
    expect((await askUntil(two, 1)).at(-1)?.status).toBe(502);
  });

  it("may go to the same instance where a kept connection was just being closed", async () => {
    const gateway = await gatewayWith();
    const trading = await service("trading", (request, response) => {
      // The second request on a connection finds it closed.
      if (used.has(request.socket)) request.socket.destroy();
      else response.end("ok");
      used.add(request.socket);
    });
    const used = new Set<unknown>();
    gateway.register(trading.instance);
    expect((await gateway.ask(execute)).status).toBe(200);
    expect((await gateway.ask(execute)).status).toBe(200);
    expect(trading.seen).toHaveLength(3);
    const post = { method: "POST", headers: json, body: "{}" } as const;
    expect((await gateway.ask(execute, post)).status).toBe(502);
  });
});

describe("a deadline", () => {
  async function left(gateway: TestGateway, headers: Record<string, string> = {}): Promise<number> {
    const answer = await gateway.ask(execute, { headers });
    return Number((answer.json as Echo).headers["x-request-deadline-ms"]);
  }

  it("goes with the request: the gateway's, or a shorter one of the client's", async () => {
    const gateway = await gatewayWith({ deadlineMs: 5000 });
    gateway.register((await echo()).instance);
    for (const said of ["", "60000", "soon", "-1", "1e3"]) {
      const headers: Record<string, string> = said === "" ? {} : { "x-request-deadline-ms": said };
      const ms = await left(gateway, headers);
      expect(ms).toBeGreaterThan(4000);
      expect(ms).toBeLessThanOrEqual(5000);
    }
    expect(await left(gateway, { "x-request-deadline-ms": "2000" })).toBeLessThanOrEqual(2000);
  });

  it("shrinks with the time that the first attempt took", async () => {
    const two = await twoInstances((request) => {
      setTimeout(() => request.socket.destroy(), 200);
    });
    const [answer] = (await askUntil(two, 1)).slice(-1);
    const ms = Number((answer?.json as Echo).headers["x-request-deadline-ms"]);
    expect(ms).toBeLessThanOrEqual(9810);
    expect(ms).toBeGreaterThan(5000);
  });

  it("of the client is kept, and says nothing about the service", async () => {
    const { wrapBreakers, outcomes } = noting();
    const gateway = await gatewayWith({ wrapBreakers });
    gateway.register((await service("trading", () => undefined)).instance);
    const startedMs = performance.now();
    const answer = await gateway.ask(execute, { headers: { "x-request-deadline-ms": "100" } });
    expect(performance.now() - startedMs).toBeLessThan(1000);
    expect([answer.status, codeOf(answer)]).toEqual([504, "deadline_exceeded"]);
    expect(outcomes).toEqual(["ignored"]);
  });

  it("of the gateway counts against the service", async () => {
    const { wrapBreakers, outcomes } = noting();
    const gateway = await gatewayWith({ wrapBreakers, deadlineMs: 100 });
    gateway.register((await service("trading", () => undefined)).instance);
    const answer = await gateway.ask(execute);
    expect([answer.status, codeOf(answer)]).toEqual([504, "upstream_timeout"]);
    expect(outcomes).toEqual(["failure"]);
  });

  it("is short where a breaker tries whether an instance is back", async () => {
    const { wrapBreakers, outcomes } = noting({ probeDeadlineMs: 50 });
    const gateway = await gatewayWith({ wrapBreakers });
    gateway.register((await service("trading", () => undefined)).instance);
    const startedMs = performance.now();
    expect((await gateway.ask(execute)).status).toBe(504);
    expect(performance.now() - startedMs).toBeLessThan(1000);
    expect(outcomes).toEqual(["failure"]);
  });

  it("of a client that has more time than a trial of the service is not to blame for its silence", async () => {
    const outcomes: Outcome[] = [];
    const permit: Permit = {
      probe: true,
      probeDeadlineMs: 50,
      answered: () => undefined,
      end: (outcome) => outcomes.push(outcome),
    };
    const wrapBreakers = (breakers: CheckedBreakers): CheckedBreakers => ({
      ...breakers,
      ofService: (name) => {
        const breaker = breakers.ofService(name);
        return { ...breaker, view: () => breaker.view(), tryAcquire: () => permit };
      },
    });
    const gateway = await gatewayWith({ wrapBreakers });
    gateway.register((await service("trading", () => undefined)).instance);
    const answer = await gateway.ask(execute, { headers: { "x-request-deadline-ms": "5000" } });
    expect([answer.status, codeOf(answer)]).toEqual([504, "upstream_timeout"]);
    expect(outcomes).toEqual(["failure"]);
  });

  it("that is over is answered without asking anybody", async () => {
    const gateway = await gatewayWith();
    const trading = await echo();
    gateway.register(trading.instance);
    const answer = await gateway.ask(execute, { headers: { "x-request-deadline-ms": "0" } });
    expect([answer.status, codeOf(answer), trading.seen]).toEqual([504, "deadline_exceeded", []]);
  });
});

describe("what attempts say about an instance", () => {
  it.each<[Outcome, number]>([
    ["success", 200],
    ["success", 404],
    ["success", 429],
    ["success", 500],
    ["failure", 502],
    ["failure", 503],
    ["failure", 504],
  ])("%s: an answer %i", async (outcome, status) => {
    const { wrapBreakers, outcomes } = noting();
    const gateway = await gatewayWith({ wrapBreakers });
    const trading = await service("trading", (_request, response) =>
      response.writeHead(status).end(),
    );
    gateway.register(trading.instance);
    await gateway.ask(execute);
    expect(outcomes).toEqual([outcome]);
  });

  it("connect_failure: a connection that is refused; failure: one that is reset", async () => {
    const { wrapBreakers, outcomes } = noting();
    const gateway = await gatewayWith({ wrapBreakers });
    const trading = await service("trading", (request) => request.socket.destroy());
    gateway.register(trading.instance);
    await gateway.ask(execute);
    await trading.stop();
    await gateway.ask(execute);
    expect(outcomes).toEqual(["failure", "connect_failure"]);
  });
});

describe("a client that leaves", () => {
  it("ends a request whose answer is streamed, which says nothing about the service", async () => {
    const { wrapBreakers, outcomes } = noting();
    const gateway = await gatewayWith({ wrapBreakers });
    let cutOff = false;
    const streaming = await service("trading", (_request, response) => {
      response.write("first");
      response.once("close", () => (cutOff = true));
    });
    gateway.register(streaming.instance);
    const reading = connect(gateway.port, "127.0.0.1");
    reading.write(`GET ${execute} HTTP/1.1\r\nHost: x\r\n\r\n`);
    await once(reading, "data");
    reading.destroy();
    await waitUntil(() => cutOff && outcomes.length === 1, { what: "the stream is cut off" });
    expect(outcomes).toEqual(["ignored"]);
  });

  it("while another stage is at work ends its request: nobody is asked", async () => {
    const { outcomes, wrapBreakers } = noting();
    let seen = false;
    // Goes on only when the client is gone.
    const identify: Identify = async ({ response }) => {
      seen = true;
      await once(response, "close");
      return undefined;
    };
    const gateway = await gatewayWith({ wrapBreakers, identify });
    const trading = await service("trading", () => undefined);
    gateway.register(trading.instance);
    const leaving = connect(gateway.port, "127.0.0.1");
    leaving.write(`GET ${execute} HTTP/1.1\r\nHost: x\r\n\r\n`);
    await waitUntil(() => seen, { what: "the gateway has the request" });
    leaving.destroy();
    await waitUntil(() => outcomes.length === 1, { what: "the request is over" });
    expect([outcomes, trading.seen]).toEqual([["ignored"], []]);
  });

  it("ends a request that waits for a connection: it is never sent", () => {
    const request = new IncomingMessage(new Socket());
    const response = new ServerResponse(request);
    const exchange = beginExchange(request, response);
    const deadlines = createDeadlines();
    let aborted = 0;
    let handler: Dispatcher.DispatchHandler | undefined;
    const pool = {
      dispatch: (_options: unknown, it: Dispatcher.DispatchHandler) => (handler = it),
    };
    const upstream = { pool, hostHeader: "x:1", outstanding: 0 } as unknown as Upstream;
    const outcomes: SendOutcome[] = [];
    const options = { path: "/", deadlineMs: Infinity, deadlines, mayRetry: undefined };
    new Sending(upstream, exchange, options, (it) => outcomes.push(it)).start();
    expect(upstream.outstanding).toBe(1);
    response.emit("close");
    expect([outcomes, upstream.outstanding]).toEqual([["client_gone"], 0]);
    const controller = { abort: () => (aborted += 1) };
    handler?.onRequestStart?.(controller as unknown as Dispatcher.DispatchController, {});
    handler?.onResponseError?.(
      controller as unknown as Dispatcher.DispatchController,
      new Error("aborted"),
    );
    expect([outcomes, upstream.outstanding, aborted]).toEqual([["client_gone"], 0, 1]);
    deadlines.close();
  });
});

describe("an answer that is no HTTP", () => {
  const sockets: Socket[] = [];
  afterEach(() => {
    for (const socket of sockets.splice(0)) socket.destroy();
  });

  it.each([
    ["noise", "\u0000\u0001 this is not HTTP\r\n\r\n"],
    ["another protocol", "SSH-2.0-OpenSSH_9.2\r\n"],
    ["two lengths", "HTTP/1.1 200 OK\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nab"],
    [
      "a length and chunks",
      "HTTP/1.1 200 OK\r\nContent-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\nabc",
    ],
    ["headers without an end", `HTTP/1.1 200 OK\r\nX: ${"x".repeat(200_000)}`],
    ["a head that breaks off", "HTTP/1.1 200 OK\r\nContent-Le"],
    ["nothing", ""],
  ])("is 502 and costs nothing else: %s", async (_name, text) => {
    const server = createServer((socket) => {
      sockets.push(socket);
      socket.on("error", () => undefined);
      socket.once("data", () => socket.end(text));
    }).listen(0, "127.0.0.1");
    await once(server, "listening");
    const gateway = await gatewayWith();
    const instance = { ...(await echo()).instance, port: (server.address() as AddressInfo).port };
    gateway.register(instance);
    const answer = await gateway.ask(execute, { method: "POST", headers: json, body: "{}" });
    expect([answer.status, codeOf(answer)]).toEqual([502, "upstream_failed"]);
    expect((await gateway.ask("/health/live")).status).toBe(200);
    server.close();
  });
});

describe("an idempotency key", () => {
  it("is passed on as it came", async () => {
    const gateway = await gatewayWith();
    gateway.register((await echo()).instance);
    const answer = await gateway.ask(execute, {
      method: "POST",
      headers: { ...json, "Idempotency-Key": "order-7" },
      body: '{"user_id":1}',
    });
    expect((answer.json as Echo).headers["idempotency-key"]).toBe("order-7");
  });
});
