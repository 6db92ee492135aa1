import { describe, expect, it } from "vitest";
import { errorAnswerSchema } from "../../../catalog/endpoints.ts";
import { waitUntil } from "../../kit/testing/wait-until.ts";
import { echo, type Echo, execute, gatewayWith, service } from "../testing/gateway-under-test.ts";
import { type Conversation, type RawAnswer, request, talk } from "../testing/raw-client.ts";

const post = `POST ${execute} HTTP/1.1`;
const get = `GET ${execute} HTTP/1.1`;
const host = "Host: gateway";
/** What a smuggled request would be taken for. */
const smuggled = request("GET /api/v1/trading/smuggled HTTP/1.1", host);

async function gatewayAndEcho(options: Parameters<typeof gatewayWith>[0] = {}) {
  const gateway = await gatewayWith(options);
  const trading = await echo();
  gateway.register(trading.instance);
  return { gateway, trading, port: gateway.port };
}

function codeOf({ status, body }: RawAnswer): string {
  return status >= 400
    ? `${status} ${errorAnswerSchema.parse(JSON.parse(body)).error.code}`
    : String(status);
}

function codes({ answers }: Conversation): string[] {
  return answers.map(codeOf);
}

describe("requests whose end could be seen in two places", () => {
  it.each<[string, string]>([
    [
      "both lengths",
      request(post, host, "Content-Length: 4", "Transfer-Encoding: chunked") + "0\r\n\r\n",
    ],
    [
      "both lengths, the other way round",
      request(post, host, "Transfer-Encoding: chunked", "Content-Length: 5") + "0\r\n\r\n",
    ],
    ["two lengths", request(post, host, "Content-Length: 0", "Content-Length: 4") + "abcd"],
    [
      "the same length twice",
      request(post, host, "Content-Length: 4", "Content-Length: 4") + "abcd",
    ],
    ["a list of lengths", request(post, host, "Content-Length: 4, 4") + "abcd"],
    ["a signed length", request(post, host, "Content-Length: +4") + "abcd"],
    ["a length beyond numbers", request(post, host, `Content-Length: ${"9".repeat(30)}`)],
    ["a space before the colon", request(post, host, "Content-Length : 4") + "abcd"],
    ["a folded line", request(post, host, "X-A: b", " Content-Length: 4") + "abcd"],
    ["bare line feeds", `${post}\n${host}\nContent-Length: 4\n\nabcd`],
    [
      "a bare carriage return",
      request(post, host, "X-A: b\rTransfer-Encoding: chunked") + "0\r\n\r\n",
    ],
    ["a NUL", request(post, host, "X-A: b\0c")],
    [
      "chunked twice",
      request(post, host, "Transfer-Encoding: chunked", "Transfer-Encoding: chunked") + "0\r\n\r\n",
    ],
    [
      "another coding before it",
      request(post, host, "Transfer-Encoding: gzip, chunked") + "0\r\n\r\n",
    ],
    ["another coding", request(post, host, "Transfer-Encoding: identity")],
    [
      "a coding that looks like it",
      request(post, host, "Transfer-Encoding: xchunked") + "0\r\n\r\n",
    ],
    [
      "a coding after a vertical tab",
      request(post, host, "Transfer-Encoding: \x0bchunked") + "0\r\n\r\n",
    ],
    [
      "chunked in HTTP/1.0",
      request(`POST ${execute} HTTP/1.0`, host, "Transfer-Encoding: chunked") + "0\r\n\r\n",
    ],
    ["two hosts", request(get, host, "Host: elsewhere")],
    ["no host", request(get)],
    ["a host that is none", request(get, "Host: a/b@c")],
    ["two types", request(post, host, "Content-Type: a/b", "Content-Type: application/json")],
    ["two tokens", request(get, host, "Authorization: a", "authorization: b")],
    ["no version", `GET ${execute}\r\n\r\n`],
    ["a version that is none", request(`GET ${execute} HTTP/1.2`, host)],
    ["TLS", "\x16\x03\x01\x02\0\x01\0\x01\xfc\x03\x03"],
    ["HTTP/2", "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"],
  ])("are refused, and whatever follows with them: %s", async (_name, text) => {
    const { port, trading } = await gatewayAndEcho();
    const conversation = await talk(port, [text + smuggled]);
    expect(conversation).toMatchObject({ ended: true, rest: "" });
    expect(codes(conversation)).toEqual(["400 malformed_request"]);
    expect(conversation.answers[0]?.headers).toMatchObject({
      connection: "close",
      "content-type": "application/json; charset=utf-8",
      "x-content-type-options": "nosniff",
      "cache-control": "no-store",
      "x-correlation-id": expect.stringMatching(/^req_[0-9a-f]{16}$/) as string,
    });
    expect(conversation.answers[0]?.headers).not.toHaveProperty("server");
    expect(trading.seen).toHaveLength(0);
  });

  it("are answered with the client's correlation id where it can be read", async () => {
    const { port } = await gatewayAndEcho();
    const text = request(
      post,
      host,
      "X-Correlation-ID: mine-1",
      "Content-Length: 1",
      "Content-Length: 2",
    );
    const { answers } = await talk(port, [text]);
    expect(answers[0]?.headers["x-correlation-id"]).toBe("mine-1");
  });

  it("do not overtake the answers before them", async () => {
    const gateway = await gatewayWith();
    let answer: (() => void) | undefined;
    const trading = await service("trading", (_request, response) => {
      answer = () => response.end("first");
    });
    gateway.register(trading.instance);
    const conversation = talk(gateway.port, [request(get, host), "garbage\r\n\r\n"], {
      answers: 2,
      quietMs: 2000,
    });
    await waitUntil(() => answer !== undefined && gateway.refusals.length === 0, {
      what: "it is asked",
    });
    answer?.();
    const { answers } = await conversation;
    expect([answers[0]?.body, answers.slice(1).map(codeOf)]).toEqual([
      "first",
      ["400 malformed_request"],
    ]);
  });

  it("end a body that breaks off, on both sides", async () => {
    const gateway = await gatewayWith();
    let aborted = false;
    const trading = await service("trading", (incoming) => {
      incoming.resume().once("error", () => (aborted = true));
    });
    gateway.register(trading.instance);
    const head = request(post, host, "Content-Type: text/plain", "Transfer-Encoding: chunked");
    const conversation = await talk(gateway.port, [`${head}3\r\nabc\r\n`, `zz\r\n${smuggled}`], {
      betweenMs: 50,
      quietMs: 1000,
    });
    expect(codes(conversation)).toEqual(["400 malformed_request"]);
    await waitUntil(() => aborted, { what: "the service sees that it is broken" });
    expect(trading.seen).toHaveLength(1);
  });
});

describe("requests of one connection", () => {
  it("are sent on one after the other", async () => {
    const gateway = await gatewayWith();
    const order: string[] = [];
    const trading = await service("trading", ({ url = "" }, response) => {
      order.push(`> ${url}`);
      setTimeout(() => {
        order.push(`< ${url}`);
        response.end(url);
      }, 10);
    });
    gateway.register(trading.instance);
    const paths = [1, 2, 3, 4].map((count) => `/api/v1/trading/${count}`);
    const { answers } = await talk(
      gateway.port,
      [paths.map((path) => request(`GET ${path} HTTP/1.1`, host)).join("")],
      { answers: 4, quietMs: 2000 },
    );
    expect(answers.map(({ body }) => body)).toEqual(paths);
    expect(order).toEqual(paths.flatMap((path) => [`> ${path}`, `< ${path}`]));
  });

  it("are not done when the answer before them ends the connection", async () => {
    const { port, trading } = await gatewayAndEcho();
    const large = request(post, host, "Content-Length: 9999999");
    expect(codes(await talk(port, [large + smuggled]))).toEqual(["413 body_too_large"]);
    const close = request(get, host, "Connection: close");
    expect(codes(await talk(port, [close + smuggled]))[0]).toBe("200");
    expect(trading.seen.map(({ url }) => url)).toEqual([execute]);
  });

  it("are not kept without bound", async () => {
    const gateway = await gatewayWith();
    const trading = await service("trading", () => undefined);
    gateway.register(trading.instance);
    const { answers, ended } = await talk(gateway.port, [request(get, host).repeat(300)], {
      quietMs: 1000,
    });
    expect([answers, ended, trading.seen.length > 1]).toEqual([[], true, false]);
  });
});

describe("paths", () => {
  it.each([
    "/api/v1/trading/../users",
    "/api/v1/trading/..",
    "/api/v1/trading/..;/users",
    "/api/v1/trading/%2e%2e/users",
    "/api/v1/trading/.%2E/users",
    "/api/v1/trading/%2e",
    "/api/v1/trading%2fexecute",
    "/api/v1/trading%5cexecute",
    "/api/v1/trading\\execute",
    "/api/v1/trading/a%00b",
    "/api/v1/trading/a%0d%0ab",
    "/api/v1/trading/a%7fb",
    "/api/v1/trading/%zz",
    "/api/v1/trading/%4",
    "/api/v1//trading/execute",
    "//api/v1/trading/execute",
    "/api/v1/trading/execute//",
    "/api/v1/trading/%65xecute",
    "/api/v1/tr%61ding/execute",
    "/api/v1/trading/a%2Db",
    "/api/v1/trading/a#b",
    "//health",
    "/health/../metrics",
    "/%68ealth",
    "http://elsewhere/api/v1/trading/execute",
    "*",
  ])("have one spelling: %s is refused", async (path) => {
    const { port, trading } = await gatewayAndEcho();
    const { answers } = await talk(port, [request(`GET ${path} HTTP/1.1`, host)], { answers: 1 });
    expect(answers.map(codeOf)).toEqual(["400 invalid_path"]);
    expect(trading.seen).toHaveLength(0);
  });

  it.each([
    "/api/v1/trading/execute",
    "/api/v1/trading/markets/BTC-USD",
    "/api/v1/trading/a.b/.well-known",
    "/api/v1/trading/a%20b%C3%A9%25",
    "/api/v1/trading/~a_b-c.d!$&'()*+,;=:@",
    "/api/v1/trading/",
    "/api/v1/trading?path=/../%2e%2e/%2f\\x",
    "/api/v1/trading/...",
  ])("that are plain go through as they are: %s", async (path) => {
    const { port, trading } = await gatewayAndEcho();
    await talk(port, [request(`GET ${path} HTTP/1.1`, host)], { answers: 1 });
    expect(trading.seen.map(({ url }) => url)).toEqual([path]);
  });
});

describe("sizes", () => {
  it.each<[string, string, string]>([
    [
      "an address at the limit",
      request(`GET /api/v1/trading/${"a".repeat(8192 - 16)} HTTP/1.1`, host),
      "200",
    ],
    [
      "a longer address",
      request(`GET /api/v1/trading/${"a".repeat(8193 - 16)} HTTP/1.1`, host),
      "414 uri_too_long",
    ],
    [
      "an address beyond everything",
      request(`GET /api/v1/trading/${"a".repeat(20_000)} HTTP/1.1`, host),
      "414 uri_too_long",
    ],
    [
      "a header that is too large",
      request(get, host, `X-A: ${"a".repeat(17_000)}`),
      "431 headers_too_large",
    ],
    ["a hundred headers", request(get, host, ...Array<string>(99).fill("X-A: a")), "200"],
    ["more", request(get, host, ...Array<string>(100).fill("X-A: a")), "431 headers_too_large"],
    [
      "a body at the limit",
      request(post, host, "Content-Length: 1048576") + "a".repeat(1_048_576),
      "200",
    ],
    [
      "a body that says that it is larger",
      request(post, host, "Content-Length: 1048577") + "a".repeat(1_048_577),
      "413 body_too_large",
    ],
    [
      "a body that turns out to be larger",
      request(post, host, "Transfer-Encoding: chunked") +
        `10000\r\n${"a".repeat(65_536)}\r\n`.repeat(17) +
        "0\r\n\r\n",
      "413 body_too_large",
    ],
    [
      "chunks up to the limit",
      request(post, host, "Transfer-Encoding: chunked") +
        `10000\r\n${"a".repeat(65_536)}\r\n`.repeat(16) +
        "0\r\n\r\n",
      "200",
    ],
    [
      "chunk extensions without end",
      `${request(post, host, "Transfer-Encoding: chunked")}1;${"a".repeat(40_000)}`,
      "413 body_too_large",
    ],
  ])("are bounded: %s", async (_name, text, expected) => {
    const { port } = await gatewayAndEcho();
    const { answers } = await talk(port, [text], { answers: 1, quietMs: 3000 });
    expect(answers.map(codeOf)).toEqual([expected]);
  });

  it("does not count a body that is too large against the service", async () => {
    const { gateway, port } = await gatewayAndEcho();
    const text =
      request(post, host, "Transfer-Encoding: chunked") +
      `100000\r\n${"a".repeat(1_048_576)}\r\n1\r\na\r\n`;
    for (let count = 0; count < 30; count += 1) {
      const { answers } = await talk(port, [text], { answers: 1, quietMs: 3000 });
      expect(answers.map(codeOf)).toEqual(["413 body_too_large"]);
    }
    expect((await gateway.ask(execute)).status).toBe(200);
  });

  it("leaves the connection usable when a short body was not read", async () => {
    const gateway = await gatewayWith();
    const refused = request("POST /health HTTP/1.1", host, "Content-Length: 4") + "abcd";
    const texts = [refused, request("GET /health/live HTTP/1.1", host), refused];
    for (const betweenMs of [0, 20]) {
      const { answers } = await talk(gateway.port, texts, { answers: 3, betweenMs, quietMs: 2000 });
      expect(answers.map(({ status }) => status)).toEqual([405, 200, 405]);
    }
  });

  it("shows a client its answer though it goes on sending", async () => {
    const gateway = await gatewayWith();
    const pieces = [
      request(post, host, "Content-Length: 9000000"),
      ...Array<string>(20).fill("a".repeat(100_000)),
    ];
    const conversation = await talk(gateway.port, pieces, { betweenMs: 5, quietMs: 2000 });
    expect([codes(conversation), conversation.ended]).toEqual([["413 body_too_large"], true]);
  });
});

describe("what is not served", () => {
  it.each<[string, string, string]>([
    ["TRACE", request(`TRACE ${execute} HTTP/1.1`, host), "405 method_not_supported"],
    ["CONNECT", request("CONNECT elsewhere:80 HTTP/1.1", host), "405 method_not_supported"],
    [
      "methods nobody asked for",
      request(`PROPFIND ${execute} HTTP/1.1`, host),
      "405 method_not_supported",
    ],
    ["methods that are none", request(`BREW ${execute} HTTP/1.1`, host), "400 malformed_request"],
    [
      "WebSocket",
      request(get, host, "Connection: Upgrade", "Upgrade: websocket", "Sec-WebSocket-Version: 13"),
      "400 upgrade_not_supported",
    ],
    [
      "expectations",
      request(post, host, "Expect: 200-ok", "Content-Length: 1"),
      "417 expectation_failed",
    ],
  ])("gets a clear answer: %s", async (_name, text, expected) => {
    const { port, trading } = await gatewayAndEcho();
    const { answers } = await talk(port, [text], { answers: 1 });
    expect(answers.map(codeOf)).toEqual([expected]);
    if (expected.startsWith("405")) {
      expect(answers[0]?.headers["allow"]).toBe("GET, HEAD, POST, PUT, PATCH, DELETE, OPTIONS");
    }
    expect(trading.seen).toHaveLength(0);
  });

  it("ignores the offer of HTTP/2, as Java's client makes it, and ends the connection with the answer", async () => {
    const { port, trading } = await gatewayAndEcho();
    const text = request(
      get,
      host,
      "Connection: Upgrade, HTTP2-Settings",
      "Upgrade: h2c",
      "HTTP2-Settings: AAMAAABk",
    );
    const conversation = await talk(port, [text + smuggled]);
    expect([codes(conversation), conversation.ended]).toEqual([["200"], true]);
    expect(trading.seen).toHaveLength(1);
    expect(trading.seen[0]?.headers).not.toHaveProperty("upgrade");
    expect(trading.seen[0]?.headers).not.toHaveProperty("http2-settings");
  });
});

describe("a client that waits to be asked for its body", () => {
  const head = request(
    post,
    host,
    "Expect: 100-continue",
    "Content-Type: text/plain",
    "Content-Length: 4",
  );

  it("is asked when the body is wanted", async () => {
    const { port } = await gatewayAndEcho();
    const { answers } = await talk(port, [head, "abcd"], { betweenMs: 100, answers: 2 });
    expect(answers.map(({ status }) => status)).toEqual([100, 200]);
    expect((JSON.parse(answers[1]?.body ?? "") as Echo).body).toBe("abcd");
  });

  it("is not asked for one that is refused, and the connection ends", async () => {
    const { port, trading } = await gatewayAndEcho();
    const large = head.replace("Content-Length: 4", "Content-Length: 9999999");
    const conversation = await talk(port, [large], { quietMs: 2000 });
    expect([codes(conversation), conversation.ended]).toEqual([["413 body_too_large"], true]);
    const page = head.replace(execute, "/health");
    const other = await talk(port, [page + smuggled], { quietMs: 2000 });
    expect([codes(other), other.ended]).toEqual([["405 method_not_allowed"], true]);
    expect(trading.seen).toHaveLength(0);
  });
});

describe("headers", () => {
  it("that name a user or a trace cannot be slipped past the gateway", async () => {
    const { port, trading } = await gatewayAndEcho();
    const text = request(
      ...[get, host, "Connection: X-User-ID, traceparent, X-Correlation-ID, X-Forwarded-For"],
      ...["X-User-ID: ada", "X_User_ID: eve", "x_user-id: eve", "X_Forwarded_For: 6.6.6.6"],
      ...["X-Correlation-ID: abc", "X-Real-IP: 6.6.6.6", "X-Original-URL: /admin"],
      ...["X-Forwarded-Port: 1", "X-Forwarded-Prefix: /x", "Forwarded: for=6.6.6.6"],
    );
    await talk(port, [text], { answers: 1 });
    const got = trading.seen[0]?.headers ?? {};
    expect(got).toMatchObject({
      "x-user-id": "ada",
      "x-correlation-id": "abc",
      "x-forwarded-for": "127.0.0.1",
    });
    expect(got).toHaveProperty("traceparent");
    expect(
      Object.keys(got).filter((name) => /_|real-ip|original|port|prefix|^forwarded$/.test(name)),
    ).toEqual([]);
  });

  it("of services that are not theirs to say do not reach the client", async () => {
    const gateway = await gatewayWith();
    const trading = await service("trading", (_request, response) => {
      response.writeHead(200, {
        server: "hono",
        "x-powered-by": "x",
        "access-control-allow-origin": "*",
        "x-frame-options": "ALLOW",
        "x-fallback": "stale",
        "ratelimit-policy": '"mine";q=5;w=1',
        "x-ratelimit-remaining": "5",
        "x-ratelimit-mode": "local",
      });
      response.end();
    });
    gateway.register(trading.instance);
    const { headers } = await gateway.ask(execute);
    expect(headers).toMatchObject({
      "x-frame-options": "DENY",
      "x-content-type-options": "nosniff",
      "ratelimit-policy": '"address";q=1200;w=60',
      "x-ratelimit-remaining": "1199",
    });
    for (const name of [
      "x-ratelimit-mode",
      "server",
      "x-powered-by",
      "access-control-allow-origin",
      "x-fallback",
      "strict-transport-security",
    ]) {
      expect(headers).not.toHaveProperty(name);
    }
  });
});

describe("CORS", () => {
  const origin = "https://app.example.com";
  const preflight = { origin, "access-control-request-method": "POST" };

  it("says nothing where no origin is configured", async () => {
    const { gateway } = await gatewayAndEcho();
    const answer = await gateway.ask(execute, { headers: { origin } });
    expect(
      Object.keys(answer.headers).filter((name) => /^access-control|^vary/.test(name)),
    ).toEqual([]);
    // A preflight is a request like any other then.
    expect((await gateway.ask("/health", { method: "OPTIONS", headers: preflight })).status).toBe(
      405,
    );
  });

  it("answers preflights itself", async () => {
    const { gateway, trading } = await gatewayAndEcho({ corsOrigins: [origin] });
    const answer = await gateway.ask(execute, { method: "OPTIONS", headers: preflight });
    expect([answer.status, answer.text, trading.seen.length]).toEqual([204, "", 0]);
    expect(answer.headers).toMatchObject({
      "access-control-allow-origin": origin,
      "access-control-allow-methods": "GET, HEAD, POST, PUT, PATCH, DELETE, OPTIONS",
      "access-control-allow-headers":
        "authorization, content-type, x-user-id, idempotency-key, x-correlation-id, traceparent, tracestate, x-request-deadline-ms",
      "access-control-max-age": "600",
      vary: "Origin",
    });
    expect(answer.headers).not.toHaveProperty("access-control-allow-credentials");
  });

  it("refuses preflights of other origins, and says nothing to their other requests", async () => {
    const { gateway } = await gatewayAndEcho({ corsOrigins: [origin] });
    const headers = { ...preflight, origin: "https://evil.example.com" };
    const refused = await gateway.ask(execute, { method: "OPTIONS", headers });
    expect(errorAnswerSchema.parse(refused.json).error.code).toBe("origin_not_allowed");
    for (const asked of [{}, { origin: "https://evil.example.com" }, { origin: "null" }]) {
      const answer = await gateway.ask(execute, { headers: asked });
      expect([answer.status, answer.headers["vary"]]).toEqual([200, "Origin"]);
      expect(answer.headers).not.toHaveProperty("access-control-allow-origin");
    }
  });

  it("lets pages of allowed origins read answers, errors too", async () => {
    const { gateway } = await gatewayAndEcho({ corsOrigins: ["https://b.example.com", origin] });
    for (const path of [execute, "/nothing", "/health"]) {
      const { headers } = await gateway.ask(path, { headers: { origin } });
      expect(headers["access-control-allow-origin"]).toBe(origin);
      const exposed = String(headers["access-control-expose-headers"]).split(", ");
      expect(exposed).toEqual(expect.arrayContaining(["x-correlation-id", "retry-after"]));
      // All that the answer says of limits, whatever it says.
      const ofLimits = Object.keys(headers).filter((name) => name.includes("ratelimit"));
      expect(ofLimits).toHaveLength(path === execute ? 5 : 0);
      expect(exposed).toEqual(expect.arrayContaining([...ofLimits, "x-ratelimit-mode"]));
    }
    const everybody = await gatewayWith({ corsOrigins: ["*"] });
    expect((await everybody.ask("/health")).headers["access-control-allow-origin"]).toBe("*");
  });
});
