import { describe, expect, it } from "vitest";
import { steadyClock } from "../kit/clock.ts";
import { execute, gatewayWith, json, service } from "./testing/gateway-under-test.ts";
import type { TestAnswer, TestGateway, TestService } from "./testing/test-gateway.ts";

const market = "/api/v1/trading/markets/BTC";

interface Scene {
  readonly gateway: TestGateway;
  readonly trading: TestService;
  /** Moves the clock of breakers and kept answers on. */
  readonly pass: (ms: number) => void;
}

/** A service that answers with its path, and with the status and headers that a request asks for. */
async function scene(): Promise<Scene> {
  let aheadMs = 0;
  const gateway = await gatewayWith({ clock: { nowMs: () => steadyClock.nowMs() + aheadMs } });
  const trading = await service("trading", (request, response) => {
    const { searchParams } = new URL(request.url ?? "/", "http://x");
    response.statusCode = Number(request.headers["x-status"] ?? 200);
    for (const name of ["cache-control", "vary", "set-cookie", "content-encoding"]) {
      const value = searchParams.get(name);
      if (value !== null) response.setHeader(name, value);
    }
    response.setHeader("content-type", "application/json");
    response.end(
      JSON.stringify({ url: request.url, pad: "x".repeat(Number(searchParams.get("pad"))) }),
    );
  });
  gateway.register(trading.instance);
  return { gateway, trading, pass: (ms) => void (aheadMs += ms) };
}

function summary({ status, headers, text }: TestAnswer): unknown[] {
  return [status, headers["x-fallback"], headers["age"], text];
}

describe("the last good answer of a service that cannot answer", () => {
  it("is shown with its age, on routes that allow it", async () => {
    const { gateway, trading, pass } = await scene();
    const good = await gateway.ask(market);
    expect(summary(good).slice(0, 3)).toEqual([200, undefined, undefined]);
    await trading.stop();
    // The one that finds the connection refused, and those that find the breaker open.
    expect(summary(await gateway.ask(market))).toEqual([200, "stale", "0", good.text]);
    pass(61_000);
    const stale = await gateway.ask(market);
    expect(summary(stale)).toEqual([200, "stale", "61", good.text]);
    expect(stale.headers).toMatchObject({
      "content-type": "application/json",
      "cache-control": "no-store",
      "content-length": String(good.text.length),
    });
    const fallbacks = (await gateway.metrics.fallbacks.get()).values;
    expect(fallbacks.filter(({ value }) => value > 0)).toMatchObject([
      { labels: { service: "trading", kind: "stale" }, value: 2 },
    ]);
    pass(14 * 60_000);
    expect((await gateway.ask(market)).status).toBe(503);
  });

  it("is that of the same path and query only", async () => {
    const { gateway, trading } = await scene();
    await gateway.ask(`${market}?depth=1`);
    await trading.stop();
    const statuses: number[] = [];
    for (const path of [`${market}?depth=1`, market, `${market}?depth=2`, `${market}/x?depth=1`]) {
      statuses.push((await gateway.ask(path)).status);
    }
    expect(statuses).toEqual([200, 503, 503, 503]);
  });

  it("is never given for a trade, nor for any other POST", async () => {
    const { gateway, trading } = await scene();
    await gateway.ask(execute);
    await gateway.ask(execute, { method: "POST", headers: json, body: "{}" });
    await gateway.ask(market, { method: "POST", headers: json, body: "{}" });
    await gateway.ask(market);
    await trading.stop();
    for (const [path, method] of [
      [execute, "GET"],
      [execute, "POST"],
      [market, "POST"],
    ] as const) {
      const answer = await gateway.ask(path, {
        method,
        ...(method === "POST" && { headers: json, body: "{}" }),
      });
      expect(summary(answer).slice(0, 2)).toEqual([503, "unavailable"]);
    }
  });

  it.each(["502", "503", "504"])("takes the place of a service's own %s", async (status) => {
    const { gateway } = await scene();
    const headers = { "x-status": status };
    expect((await gateway.ask(market, { headers })).status).toBe(Number(status));
    const good = await gateway.ask(market);
    expect(summary(await gateway.ask(market, { headers }))).toEqual([200, "stale", "0", good.text]);
    // It counts as a failure all the same.
    expect(gateway.breakers.ofService("trading").view().failures).toBe(2);
  });

  it.each(["404", "500"])(
    "does not hide a service's %s, and a bad answer does not replace it",
    async (status) => {
      const { gateway, trading } = await scene();
      await gateway.ask(market);
      expect((await gateway.ask(market, { headers: { "x-status": status } })).status).toBe(
        Number(status),
      );
      await trading.stop();
      expect((await gateway.ask(market)).status).toBe(200);
    },
  );

  it("is the one before, when a service breaks off in the middle", async () => {
    const gateway = await gatewayWith();
    let breaksOff = false;
    const trading = await service("trading", (_request, response) => {
      response.writeHead(200, { "content-type": "text/plain", "content-length": "4" });
      if (breaksOff) response.write("ba", () => response.destroy());
      else response.end("good");
    });
    gateway.register(trading.instance);
    await gateway.ask(market);
    breaksOff = true;
    await expect(gateway.ask(market)).rejects.toThrow();
    await trading.stop();
    expect((await gateway.ask(market)).text).toBe("good");
  });

  it.each([
    ["no-store", "?cache-control=no-store"],
    ["private", "?cache-control=max-age=60,%20private"],
    ["must-revalidate", "?cache-control=must-revalidate"],
    ["an answer that differs by who asks", "?vary=x-user-id"],
    ["a cookie", "?set-cookie=a=b"],
    ["a body beyond 64 KiB", "?pad=65536"],
  ])("is not kept: %s", async (_name, query) => {
    const { gateway, trading } = await scene();
    expect((await gateway.ask(market + query)).status).toBe(200);
    await trading.stop();
    expect((await gateway.ask(market + query)).status).toBe(503);
  });

  it("is kept up to 64 KiB", async () => {
    const { gateway, trading } = await scene();
    const good = await gateway.ask(`${market}?pad=65000`);
    await trading.stop();
    expect((await gateway.ask(`${market}?pad=65000`)).text).toBe(good.text);
  });

  it("is neither kept of nor shown to one with a token, unless the service calls it public", async () => {
    const { gateway, trading } = await scene();
    const headers = { authorization: "Bearer x", "x-user-id": "7" };
    const isPublic = `${market}?cache-control=public,max-age=5`;
    await gateway.ask(`${market}?a`, { headers });
    await gateway.ask(`${market}?b`);
    await gateway.ask(isPublic, { headers });
    await trading.stop();
    const statuses: number[] = [];
    for (const [path, withToken] of [
      [`${market}?a`, true],
      [`${market}?a`, false],
      [`${market}?b`, true],
      [isPublic, true],
    ] as const) {
      statuses.push((await gateway.ask(path, withToken ? { headers } : {})).status);
    }
    expect(statuses).toEqual([503, 503, 503, 200]);
  });
});
