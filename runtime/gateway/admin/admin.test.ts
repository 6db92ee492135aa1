import { once } from "node:events";
import { createServer } from "node:http";
import { afterEach, beforeEach, expect, test } from "vitest";
import { pino } from "pino";
import { Registry as MetricsRegistry } from "prom-client";
import { request } from "undici";
import { systemRandom } from "../../kit/clock.ts";
import type { Breaker, BreakerView } from "../breaker/breaker.ts";
import type { BreakerChange, Breakers } from "../breaker/breakers.ts";
import { createRegistry, parseSeeds } from "../registry.ts";
import type { StoredSpan } from "../../kit/tracing/stored-span.ts";
import { arrangeTrace } from "../../kit/tracing/trace-view.ts";
import { adminHandler } from "./admin-handler.ts";
import { adminRoutes } from "./admin-routes.ts";
import { startAdminServer } from "./admin-server.ts";
import { createLogLevelSwitch } from "./log-level.ts";
import { createProfiler } from "./profile.ts";

const spans: StoredSpan[] = [
  {
    traceId: "a".repeat(32),
    spanId: "b".repeat(16),
    parentSpanId: null,
    sampled: true,
    name: "GET /api/v1/trading",
    kind: "server",
    service: "gateway",
    instance: "api-gateway",
    startMs: 1000,
    durationMs: 5,
    ok: true,
    attributes: {},
  },
];
const nowMs = Date.parse("2026-01-02T03:04:05Z");
const clock = { nowMs: () => nowMs };
const stops: (() => Promise<void> | void)[] = [];
afterEach(async () => {
  for (const stop of stops.splice(0).reverse()) await stop();
});

let lines: Record<string, unknown>[];
beforeEach(() => {
  lines = [];
});

/** What Redis' client says for some ids. */
const noTrace: Readonly<Record<string, string>> = {
  away: "Stream isn't writeable and enableOfflineQueue options is false",
  broken: "Unexpected end of JSON input",
};

/** The admin port as it runs, on loopback, with breakers that note what they are told. */
async function admin() {
  const logger = pino(
    { level: "info" },
    { write: (line: string) => void lines.push(JSON.parse(line) as Record<string, unknown>) },
  );
  const told: unknown[][] = [];
  const { breakers, change } = notingBreakers(told);
  const registry = createRegistry(clock, parseSeeds("trading=trading-service:8001"));
  const metrics = new MetricsRegistry();
  const logLevel = createLogLevelSwitch(logger, clock.nowMs);
  stops.push(() => logLevel.stop());
  const routes = adminRoutes({
    env: { INSTANCE_ID: "api-gateway", RELEASE: "1.2.3" },
    clock,
    logger,
    metrics,
    registry,
    breakers,
    logLevel,
    profiler: createProfiler(),
    readTrace: (id) =>
      id in noTrace
        ? Promise.reject(new Error(noTrace[id]))
        : Promise.resolve(id === "req_1" ? arrangeTrace(id, spans) : null),
    resetRateLimit: (user) => {
      told.push([user, "reset"]);
      return user === "away" ? Promise.reject(new Error("ECONNREFUSED")) : Promise.resolve();
    },
  });
  const server = startAdminServer({
    host: "127.0.0.1",
    port: 0,
    handle: adminHandler({ routes, logger, random: systemRandom }),
    logger,
  });
  stops.push(() => server.close());
  await server.tried;
  const port = server.address()?.port ?? 0;
  return { ask: asker(port), told, change, registry, logger, port };
}

function asker(port: number) {
  return async (line: string, headers: Record<string, string> = {}) => {
    const [method = "GET", path = "/"] = line.split(" ");
    const answer = await request(`http://127.0.0.1:${port}${path}`, {
      method: method as "GET",
      headers,
    });
    const text = await answer.body.text();
    return { status: answer.statusCode, headers: answer.headers, text, json: parse(text) };
  };
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return undefined;
  }
}

function notingBreakers(told: unknown[][]) {
  const listeners: ((change: BreakerChange) => void)[] = [];
  const view: BreakerView = {
    state: "closed",
    reason: null,
    retryInMs: 0,
    forced: null,
    calls: 3,
    failures: 1,
    slowCalls: 0,
  };
  const breaker = (name: string): Breaker => ({
    tryAcquire: () => null,
    view: () => view,
    force: (state, forMs) => void told.push([name, state, forMs]),
    reset: () => void told.push([name, "reset"]),
  });
  const breakers: Breakers = {
    ofService: (service) => breaker(service),
    ofInstance: ({ id }) => breaker(id),
    usable: (instances) => instances,
    onChange: (listener) => void listeners.push(listener),
  };
  return {
    breakers,
    change: (change: BreakerChange) => {
      for (const listener of listeners) listener(change);
    },
  };
}

test("/ lists every path, and each GET of the list that has no place in it answers", async () => {
  const { ask } = await admin();
  const { paths } = (await ask("GET /")).json as { paths: { method: string; path: string }[] };
  expect(paths.map(({ method, path }) => `${method} ${path}`)).toEqual(
    expect.arrayContaining([
      ...["GET /metrics", "GET /health/live", "GET /registry", "GET /breakers"],
      ...["POST /breakers/<service>/force-open", "POST /breakers/<service>/<instance>/reset"],
      ...["GET /log-level", "PUT /log-level", "GET /profile", "GET /profile/heap"],
    ]),
  );
  for (const { method, path } of paths) {
    if (method !== "GET" || path.includes("<") || path === "/profile") continue;
    expect([path, (await ask(`GET ${path}`)).status]).toEqual([path, 200]);
  }
});

test.each([
  ["GET /nothing", 404, "unknown_route", /has nothing at \/nothing/],
  ["GET /breakers/trading/reset", 405, "method_not_allowed", /takes POST, not GET/],
  ["DELETE /log-level", 405, "method_not_allowed", /takes GET and PUT and POST, not DELETE/],
  ["POST /breakers/tradng/reset", 404, "not_found", /no service "tradng"; there are user, trading/],
  [
    "POST /breakers/trading/b/reset",
    404,
    "not_found",
    /no instance "b"; it has trading-service:8001/,
  ],
  [
    "POST /breakers/trading/force-open?for=forever",
    400,
    "invalid_request",
    /"forever"; it must be/,
  ],
  ["POST /breakers/trading/force-open?for=2h", 400, "invalid_request", /from 1s to 60m/],
  ["POST /breakers/trading/force-open?for=0s", 400, "invalid_request", /"0s"/],
  ["PUT /log-level?level=loud", 400, "invalid_request", /"loud"; it must be one of debug, info/],
  ["PUT /log-level", 400, "invalid_request", /not given/],
  [
    "GET /profile?seconds=31",
    400,
    "invalid_request",
    /"31"; it must be a whole number from 1 to 30/,
  ],
  ["GET /traces/req_2", 404, "not_found", /no recent spans of "req_2"/],
  ["GET /traces/away", 503, "datastore_unavailable", /in Redis, which does not answer/],
  ["GET /traces/broken", 500, "internal_error", /went wrong on our side/],
  ["GET /traces/req_1?format=html", 400, "invalid_request", /"html"; it must be json or text/],
  ["POST /rate-limits/a%20b/reset", 400, "invalid_identity", /"a b" is not a user id/],
  ["GET /breakers/%E0%A4%A/reset", 404, "unknown_route", /nothing at/],
])("%s is refused as everywhere", async (line, status, code, message) => {
  const { ask, told } = await admin();
  const answer = await ask(line, { "x-correlation-id": "abc" });
  expect(answer.status).toBe(status);
  expect(answer.json).toMatchObject({
    error: {
      code,
      message: expect.stringMatching(message) as string,
      service: "gateway",
      correlationId: "abc",
    },
  });
  expect(answer.headers["x-correlation-id"]).toBe("abc");
  expect(told).toEqual([]);
});

test("a refused method is told which are allowed", async () => {
  const { ask } = await admin();
  expect((await ask("DELETE /log-level")).headers.allow).toBe("GET, PUT, POST");
});

test("breakers are forced for a while and reset, and the log says by whom", async () => {
  const { ask, told } = await admin();
  const instance = encodeURIComponent("trading-service:8001");
  const forced = await ask("POST /breakers/trading/force-open");
  await ask(`POST /breakers/trading/${instance}/force-close?for=10m`);
  await ask("POST /breakers/nft/reset");
  expect(forced.json).toMatchObject({ service: "trading", instance: null, breaker: { calls: 3 } });
  expect(told).toEqual([
    ["trading", "open", 60_000],
    ["trading-service:8001", "closed", 600_000],
    ["nft", "reset"],
  ]);
  const logged = lines.filter((line) => "action" in line);
  expect(logged).toMatchObject([
    { action: "force-open", service: "trading", instance: null, forMs: 60_000, peer: "127.0.0.1" },
    { action: "force-close", instance: "trading-service:8001", forMs: 600_000, peer: "127.0.0.1" },
    { action: "reset", service: "nft", peer: "127.0.0.1" },
  ]);
});

test("the last hundred changes of breakers are shown, the newest first", async () => {
  const { ask, change } = await admin();
  for (let number = 1; number <= 101; number++) {
    change({
      service: "trading",
      instance: null,
      from: "closed",
      to: number === 101 ? "half_open" : "open",
      reason: "forced",
      detail: "an operator holds it open",
    });
  }
  const { transitions, services } = (await ask("GET /breakers")).json as {
    transitions: unknown[];
    services: Record<string, unknown>;
  };
  expect(transitions).toHaveLength(100);
  expect(transitions[0]).toEqual({
    at: "2026-01-02T03:04:05.000Z",
    service: "trading",
    instance: null,
    from: "closed",
    to: "half_open",
    reason: "forced",
    detail: "an operator holds it open",
  });
  expect(services["trading"]).toMatchObject({
    breaker: { state: "closed" },
    instances: { "trading-service:8001": { state: "closed" } },
  });
});

test("a trace is shown as JSON, and as text that a terminal draws", async () => {
  const { ask } = await admin();
  expect((await ask("GET /traces/req_1")).json).toMatchObject({
    correlationId: "req_1",
    services: ["gateway"],
    spans: [{ name: "GET /api/v1/trading", depth: 0 }],
  });
  const { text, headers } = await ask("GET /traces/req_1?format=text");
  expect(headers["content-type"]).toBe("text/plain; charset=utf-8");
  expect(text).toContain("GET /api/v1/trading");
});

test("a user's limits are reset, which the log has; without Redis it is said to be half of it", async () => {
  const { ask, told } = await admin();
  expect((await ask("POST /rate-limits/123/reset")).json).toEqual({ user: "123", reset: true });
  const half = await ask("POST /rate-limits/away/reset");
  expect(half.json).toMatchObject({
    error: {
      code: "datastore_unavailable",
      message: expect.stringContaining("by this gateway only") as string,
    },
  });
  expect(told).toEqual([
    ["123", "reset"],
    ["away", "reset"],
  ]);
  expect(lines.filter((line) => "user" in line)).toMatchObject([
    { user: "123", peer: "127.0.0.1" },
  ]);
});

test("the registry is shown as it was read, with who was ejected", async () => {
  const { ask, registry } = await admin();
  const [instance] = registry.usable("trading");
  if (instance === undefined) throw new Error("The seed is gone.");
  registry.eject(instance);
  expect((await ask("GET /registry")).json).toMatchObject({
    source: "seed",
    readAt: null,
    services: {
      nft: [],
      trading: [{ id: "trading-service:8001", host: "trading-service", ejected: true }],
    },
  });
});

test.each(["PUT", "POST"])(
  "%s sets the log level for a while; it goes back by itself",
  async (method) => {
    const { ask, logger } = await admin();
    const { json } = await ask(`${method} /log-level?level=debug&for=1s`);
    expect(json).toEqual({ level: "debug", deployed: "info", forMs: 1000 });
    expect(logger.level).toBe("debug");
    await expect.poll(() => logger.level, { timeout: 3000 }).toBe("info");
    expect((await ask("GET /log-level")).json).toEqual({
      level: "info",
      deployed: "info",
      forMs: null,
    });
    expect(lines).toContainEqual(expect.objectContaining({ peer: "127.0.0.1", forMs: 1000 }));
  },
);

test("a CPU profile shows the work of the running process; a second one at the same time is refused", async () => {
  const { ask } = await admin();
  const busy = setInterval(burnSomeTime, 5);
  stops.push(() => clearInterval(busy));
  const first = ask("GET /profile?seconds=1");
  await expect.poll(() => lines.some((line) => "seconds" in line)).toBe(true);
  const second = await ask("GET /profile?seconds=1");
  expect(second.json).toMatchObject({ error: { code: "conflict" } });
  const answer = await first;
  expect(answer.headers["content-disposition"]).toBe(
    'attachment; filename="api-gateway-2026-01-02T03-04-05.000Z.cpuprofile"',
  );
  const profile = answer.json as { nodes: { callFrame: { functionName: string } }[] };
  const names = profile.nodes.map(({ callFrame }) => callFrame.functionName);
  expect(names).toContain("burnSomeTime");
});

test("a profile ends when the one who asked has left, and the next one is taken", async () => {
  const { ask, port } = await admin();
  const leaving = new AbortController();
  const left = request(`http://127.0.0.1:${port}/profile?seconds=30`, {
    signal: leaving.signal,
  }).catch(() => "left");
  await expect.poll(() => lines.some((line) => "seconds" in line)).toBe(true);
  leaving.abort();
  expect(await left).toBe("left");
  await expect
    .poll(async () => (await ask("GET /profile?seconds=1")).status, { timeout: 5000 })
    .toBe(200);
});

test("HEAD has a head alone", async () => {
  const { ask } = await admin();
  const { status, text, headers } = await ask("HEAD /health/live");
  expect([status, text]).toEqual([200, ""]);
  expect(Number(headers["content-length"])).toBeGreaterThan(0);
});

test("a name that is not known yet is tried again, said once; an address that changes is followed", async () => {
  const answers: (string[] | Error)[] = [
    new Error("getaddrinfo ENOTFOUND api-gateway-admin"),
    new Error("getaddrinfo ENOTFOUND api-gateway-admin"),
    ["127.0.0.1"],
    ["127.0.0.2"],
  ];
  const logged: string[] = [];
  const server = startAdminServer({
    host: "api-gateway-admin",
    port: 0,
    handle: (_request, response) => void response.end("here"),
    logger: pino({ level: "info" }, { write: (line: string) => void logged.push(line) }),
    resolve: () => {
      const next = answers.length > 1 ? answers.shift() : answers[0];
      return next instanceof Error ? Promise.reject(next) : Promise.resolve(next ?? []);
    },
    pauses: { retryMs: 5, checkMs: 20 },
  });
  stops.push(() => server.close());
  await server.tried;
  expect(server.address()).toBeNull();
  await expect.poll(() => server.address()?.host).toBe("127.0.0.2");
  const { host, port } = server.address() ?? { host: "", port: 0 };
  const answer = await request(`http://${host}:${port}/`);
  expect(await answer.body.text()).toBe("here");
  expect(logged.filter((line) => line.includes("no admin port yet"))).toHaveLength(1);
  expect(logged.filter((line) => line.includes("is open"))).toHaveLength(2);
});

/** An admin server whose name leads to these addresses, one look after the other; the last ones stay. */
async function resolvingTo(...answers: string[][]) {
  const logged: string[] = [];
  let looks = 0;
  const server = startAdminServer({
    host: "api-gateway-admin",
    port: 0,
    handle: (_request, response) => void response.end("here"),
    logger: pino({ level: "info" }, { write: (line: string) => void logged.push(line) }),
    resolve: () => Promise.resolve(answers[Math.min(looks++, answers.length - 1)] ?? []),
    pauses: { retryMs: 5, checkMs: 5 },
  });
  stops.push(() => server.close());
  await server.tried;
  return { server, logged, looks: () => looks };
}

test.each(["0.0.0.0", "::", "0:0:0:0:0:0:0:0", "::ffff:0.0.0.0"])(
  "a name that leads to %s, which is every network, opens nothing",
  async (address) => {
    const { server, logged } = await resolvingTo([address]);
    expect(server.address()).toBeNull();
    expect(logged.join("")).toContain("means every network");
  },
);

test("of several addresses it takes one that is this machine's, and stays there whatever their order", async () => {
  // The first is kept for documentation: nobody has it.
  const { server, logged, looks } = await resolvingTo(
    ["192.0.2.1", "127.0.0.1"],
    ["127.0.0.2", "127.0.0.1"],
  );
  expect(server.address()?.host).toBe("127.0.0.1");
  const { port } = server.address() ?? {};
  await expect.poll(looks).toBeGreaterThan(3);
  expect(server.address()).toEqual({ host: "127.0.0.1", port });
  expect(logged).toHaveLength(1);
});

test("a name that leads to somebody else later leaves it where it is", async () => {
  const { server, logged, looks } = await resolvingTo(["127.0.0.1"], ["192.0.2.1"]);
  await expect.poll(looks).toBeGreaterThan(3);
  const { host, port } = server.address() ?? { host: "", port: 0 };
  expect(await (await request(`http://${host}:${port}/`)).body.text()).toBe("here");
  expect(logged.filter((line) => line.includes("stays where it is"))).toHaveLength(1);
});

test("a port that somebody else has is no reason to end", async () => {
  const other = createServer().listen(0, "127.0.0.1");
  await once(other, "listening");
  stops.push(() => void other.close());
  const address = other.address();
  const logged: string[] = [];
  const server = startAdminServer({
    host: "127.0.0.1",
    port: address !== null && typeof address === "object" ? address.port : 0,
    handle: () => undefined,
    logger: pino({}, { write: (line: string) => void logged.push(line) }),
  });
  stops.push(() => server.close());
  await server.tried;
  expect(server.address()).toBeNull();
  expect(logged.join("")).toContain("EADDRINUSE");
});

function burnSomeTime(): void {
  const endMs = performance.now() + 3;
  while (performance.now() < endMs);
}
