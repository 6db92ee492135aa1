import { createHmac } from "node:crypto";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { errorAnswerSchema } from "../../../catalog/endpoints.ts";
import { silentLogger } from "../../kit/logger.ts";
import { echo, type Echo, execute, gatewayWith, json } from "../testing/gateway-under-test.ts";
import { audience, issuer, type KeyServer, now, startKeyServer } from "../testing/key-server.ts";
import type { AskOptions, TestAnswer, TestGateway } from "../testing/test-gateway.ts";
import { identifyByToken } from "./by-token.ts";
import { type KeySet, watchKeySet } from "./key-set.ts";

let server: KeyServer;
let keys: KeySet;
let nowMs: number;
let gateway: TestGateway;

beforeEach(async () => {
  server = await startKeyServer();
  await server.addKey("one");
  nowMs = now * 1000;
  const clock = { nowMs: () => nowMs };
  keys = watchKeySet({ url: server.url, clock, logger: silentLogger });
  gateway = await gatewayWith({
    authMode: "jwt",
    identify: identifyByToken({ issuer, audience, keys, clock }),
  });
  gateway.register((await echo()).instance);
});
afterEach(async () => {
  keys.stop();
  await server.stop();
});

function ask(token: string | undefined, options: AskOptions = {}): Promise<TestAnswer> {
  const headers = { ...options.headers };
  if (token !== undefined) headers["authorization"] = `Bearer ${token}`;
  return gateway.ask(execute, { method: "POST", ...options, headers });
}

function callerSeen({ status, json: body }: TestAnswer): string {
  if (status !== 200) return `${status} ${errorAnswerSchema.parse(body).error.code}`;
  return (body as Echo).headers["x-user-id"] ?? "nobody";
}

function encode(value: unknown): string {
  return Buffer.from(JSON.stringify(value)).toString("base64url");
}

const goodClaims = { sub: "ada", iss: issuer, aud: audience, exp: now + 600 };

describe("who asks, by token", () => {
  it("is the token's subject, and the token goes no further", async () => {
    const answer = await ask(await server.sign("one"));
    expect(callerSeen(answer)).toBe("ada");
    expect((answer.json as Echo).headers).not.toHaveProperty("authorization");
  });

  it.each<[string, Record<string, string>]>([
    ["the header", { "x-user-id": "eve" }],
    ["the header in capitals", { "X-USER-ID": "eve" }],
    ["a header that a service could read so", { x_user_id: "eve" }],
    ["a connection header that names it", { connection: "x-user-id", "x-user-id": "eve" }],
  ])("cannot be changed by %s", async (_name, headers) => {
    const answer = await ask(await server.sign("one"), { headers });
    expect(callerSeen(answer)).toBe("ada");
    expect(JSON.stringify((answer.json as Echo).headers)).not.toContain("eve");
    const withoutToken = await ask(undefined, { headers });
    expect(callerSeen(withoutToken)).toBe("nobody");
    expect(JSON.stringify((withoutToken.json as Echo).headers)).not.toContain("eve");
  });

  it("cannot be changed by the body, which is passed on as it is", async () => {
    const body = '{"user_id":"eve"}';
    expect(callerSeen(await ask(undefined, { headers: json, body }))).toBe("nobody");
    const answer = await ask(await server.sign("one"), { headers: json, body });
    expect([callerSeen(answer), (answer.json as Echo).body]).toEqual(["ada", body]);
  });

  it("takes a number for a subject, and a list of audiences", async () => {
    const token = await server.sign("one", { sub: "123", aud: ["other", audience] });
    expect(callerSeen(await ask(token))).toBe("123");
  });

  it.each<[string, Record<string, unknown>, string]>([
    ["has expired", { exp: now - 6 }, "401 token_expired"],
    ["expires now, by another machine's clock", { exp: now - 4 }, "ada"],
    ["is not valid yet", { nbf: now + 6 }, "401 token_invalid"],
    ["is valid in a moment, by another machine's clock", { nbf: now + 4 }, "ada"],
    ["is of another issuer", { iss: "https://elsewhere.test" }, "401 token_invalid"],
    ["is for another audience", { aud: "elsewhere" }, "401 token_invalid"],
    ["has no issuer", { iss: undefined }, "401 token_invalid"],
    ["has no audience", { aud: undefined }, "401 token_invalid"],
    ["never expires", { exp: undefined }, "401 token_invalid"],
    ["has no subject", { sub: undefined }, "401 token_invalid"],
    ["has a subject that is no user id", { sub: "a b\r\n" }, "401 token_invalid"],
    ["has roles that are none", { roles: "admin" }, "401 token_invalid"],
  ])("a token that %s", async (_name, claims, expected) => {
    const answer = await ask(await server.sign("one", claims));
    expect(callerSeen(answer)).toBe(expected);
    if (!expected.startsWith("401")) return;
    expect(answer.headers["www-authenticate"]).toMatch(
      /^Bearer error="invalid_token", error_description="[ !#-[\]-~]+"$/,
    );
  });

  it("does not take the word of a token's header for the algorithm", async () => {
    const { x } = await server.publicKey("one");
    const body = encode(goodClaims);
    const hs256 = `${encode({ alg: "HS256", kid: "one" })}.${body}`;
    const bySecret = (secret: Buffer | string) =>
      `${hs256}.${createHmac("sha256", secret).update(hs256).digest("base64url")}`;
    const forged = [
      `${encode({ alg: "none" })}.${body}.`,
      `${encode({ alg: "none", kid: "one" })}.${body}.AAAA`,
      // The public key taken for a shared secret, as bytes, as text, and as the whole published key.
      bySecret(Buffer.from(String(x), "base64url")),
      bySecret(String(x)),
      bySecret(JSON.stringify(await server.publicKey("one"))),
    ];
    for (const token of forged) expect(callerSeen(await ask(token))).toBe("401 token_invalid");
  });

  it("refuses keys that a token brings along", async () => {
    const token = await server.sign("one", {}, { jwk: await server.publicKey("one"), kid: "mine" });
    expect(callerSeen(await ask(token))).toBe("401 token_invalid");
  });

  it("refuses what was changed after it was signed", async () => {
    const [header, , signature] = (await server.sign("one")).split(".");
    const changed = `${header}.${encode({ ...goodClaims, sub: "eve" })}.${signature}`;
    expect(callerSeen(await ask(changed))).toBe("401 token_invalid");
  });

  it.each([
    ["garbage", "Bearer x"],
    ["an empty token", "Bearer "],
    ["another scheme", "Basic YTpi"],
    ["three parts of nothing", "Bearer a.b.c"],
    [
      "a token that is too long",
      `Bearer ${"a".repeat(2000)}.${"b".repeat(2000)}.${"c".repeat(100)}`,
    ],
  ])("refuses %s", async (_name, authorization) => {
    expect(callerSeen(await ask(undefined, { headers: { authorization } }))).toBe(
      "401 token_invalid",
    );
  });

  it("refuses a token on pages too, and counts it for the address", async () => {
    const answer = await gateway.ask("/health", { headers: { authorization: "Bearer x" } });
    expect(answer.status).toBe(401);
  });
});

describe("keys of tokens", () => {
  it("may change: both work while both are published, and the old one ends when it is withdrawn", async () => {
    const [byOne] = [await server.sign("one")];
    expect(callerSeen(await ask(byOne))).toBe("ada");
    await server.addKey("two");
    nowMs += 5000;
    const byTwo = await server.sign("two", { sub: "bob" });
    expect([callerSeen(await ask(byOne)), callerSeen(await ask(byTwo))]).toEqual(["ada", "bob"]);
    server.withdraw("one");
    nowMs += 5000;
    // Any key that is not known makes the gateway look.
    await server.addKey("three");
    await ask(await server.sign("three"));
    expect([callerSeen(await ask(byOne)), callerSeen(await ask(byTwo))]).toEqual([
      "401 token_invalid",
      "bob",
    ]);
  });

  it("are not needed for a token that was checked, until it expires", async () => {
    const token = await server.sign("one");
    expect(callerSeen(await ask(token))).toBe("ada");
    await server.stop();
    expect(callerSeen(await ask(token))).toBe("ada");
    nowMs += 604_999;
    expect(callerSeen(await ask(token))).toBe("ada");
    nowMs += 1;
    expect(callerSeen(await ask(token))).toBe("401 token_expired");
    expect(callerSeen(await ask(token))).toBe("401 token_expired");
    server = await startKeyServer();
  });

  it("that are withdrawn while a token is checked leave nothing behind that is taken for checked", async () => {
    let withdraw = (): void => undefined;
    let published = true;
    const clock = { nowMs: () => nowMs };
    const withdrawing: KeySet = {
      find: async (id) => {
        if (!published) return undefined;
        const key = await keys.find(id);
        published = false;
        withdraw();
        return key;
      },
      onWithdrawn: (listener) => (withdraw = listener),
      stop: () => undefined,
    };
    const slow = await gatewayWith({
      authMode: "jwt",
      identify: identifyByToken({ issuer, audience, keys: withdrawing, clock }),
    });
    slow.register((await echo()).instance);
    const authorization = `Bearer ${await server.sign("one")}`;
    const send = () => slow.ask(execute, { method: "POST", headers: { authorization } });
    expect([callerSeen(await send()), callerSeen(await send())]).toEqual([
      "ada",
      "401 token_invalid",
    ]);
  });

  it("that cannot be read are no fault of the client", async () => {
    server.answer("error");
    const clock = { nowMs: () => nowMs };
    const others = watchKeySet({ url: server.url, clock, logger: silentLogger });
    const cut = await gatewayWith({
      authMode: "jwt",
      identify: identifyByToken({ issuer, audience, keys: others, clock }),
    });
    const answer = await cut.ask(execute, {
      headers: { authorization: `Bearer ${await server.sign("one")}` },
    });
    others.stop();
    expect(callerSeen(answer)).toBe("503 keys_unavailable");
    expect(answer.headers["retry-after"]).toBe("5");
    expect(answer.headers).not.toHaveProperty("x-fallback");
  });
});

describe("the gateway's pages in mode jwt", () => {
  it("has no metrics on this port", async () => {
    const admin = await server.sign("one", { roles: ["admin"] });
    const answer = await gateway.ask("/metrics", { headers: { authorization: `Bearer ${admin}` } });
    expect(callerSeen(answer)).toBe("404 unknown_route");
    expect(answer.text).not.toContain('"/metrics"');
  });

  it("shows its health to everybody", async () => {
    expect((await gateway.ask("/health")).status).toBe(200);
    expect((await gateway.ask("/health/live")).status).toBe(200);
  });

  it.each(["/services", "/dashboard"])("shows %s to operators only", async (path) => {
    const asks = async (claims: Record<string, unknown>) => {
      const authorization = `Bearer ${await server.sign("one", claims)}`;
      return gateway.ask(path, { headers: { authorization } });
    };
    expect(callerSeen(await gateway.ask(path))).toBe("401 identity_missing");
    expect(callerSeen(await asks({}))).toBe("403 operators_only");
    expect(callerSeen(await asks({ roles: ["trader"] }))).toBe("403 operators_only");
    // The figures are in Redis, which these tests have not.
    expect((await asks({ roles: ["trader", "admin"] })).status).toBe(
      path === "/services" ? 200 : 503,
    );
  });
});
