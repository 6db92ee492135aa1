import { mkdtempSync, rmSync } from "node:fs";
import type { IncomingMessage } from "node:http";
import { connect, createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Readable } from "node:stream";
import type Docker from "dockerode";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { Deployment } from "../../catalog/deployment.ts";
import { FakeClock } from "../testing/clock.ts";
import { deploymentFixture } from "../testing/deployment.ts";
import { startFakePlatform, type FakePlatform } from "../testing/fake-platform.ts";
import { probeGateway, probeRoutes } from "./gateway.ts";
import { createHttpClient, type HttpClient } from "./http-client.ts";
import { probeLoad } from "./load.ts";
import { probeGrafana, probePrometheus } from "./monitoring.ts";
import type { ProbeContext } from "./probe.ts";
import { probeRateLimit } from "./rate-limit.ts";
import { probeTrade } from "./trade.ts";

let platform: FakePlatform;
let http: HttpClient;

beforeEach(async () => {
  platform = await startFakePlatform(deploymentFixture());
  http = createHttpClient();
});

afterEach(async () => {
  http.close();
  await platform.close();
});

/** An engine whose containers all have the same log, and give these answers to what is run in them, one after the other. */
function engineWithLog(log: string, answers: readonly string[] = [""]): Docker {
  const frame = (text: string): Buffer => {
    const body = Buffer.from(text);
    const header = Buffer.from([1, 0, 0, 0, 0, 0, 0, 0]);
    header.writeUInt32BE(body.length, 4);
    return Buffer.concat([header, body]);
  };
  const logs = () => Promise.resolve(frame(log));
  const left = [...answers];
  const exec = () =>
    Promise.resolve({
      start: () =>
        Promise.resolve(Readable.from([frame((left.length > 1 ? left.shift() : left[0]) ?? "")])),
      inspect: () => Promise.resolve({ Running: false, ExitCode: 0 }),
    });
  return { getContainer: () => ({ logs, exec }) } as unknown as Docker;
}

function context(
  changes: Partial<ProbeContext> & { deploy?: Partial<Deployment> } = {},
): ProbeContext {
  const { deploy = {}, ...rest } = changes;
  return {
    deployment: deploymentFixture({
      gatewayUrl: platform.url,
      prometheusUrl: platform.url,
      grafanaUrl: platform.url,
      ...deploy,
    }),
    engine: engineWithLog(""),
    http,
    clock: new FakeClock(),
    runId: "3f2a9c1e-0000-4000-8000-000000000000",
    token: null,
    found: {},
    signal: new AbortController().signal,
    ...rest,
  };
}

const unusedPort = "http://127.0.0.1:1";

describe("the gateway's pages", () => {
  it("are read with status, time and content", async () => {
    const { health, services, metrics } = await probeGateway(context());
    expect(health).toMatchObject({
      value: { status: 200, contentType: "application/json", json: { status: "healthy" } },
    });
    expect(services).toMatchObject({ value: { json: { registry: { source: "redis" } } } });
    expect(metrics).toEqual({
      value: {
        status: 200,
        contentType: "text/plain; version=0.0.4",
        samples: 3,
        names: ["http_requests_total", "up"],
      },
    });
  });

  it("that do not answer are an answer too, with the reason", async () => {
    const { health, correlation } = await probeGateway(
      context({ deploy: { gatewayUrl: unusedPort } }),
    );
    expect(health).toMatchObject({
      value: { status: 0, body: "connect ECONNREFUSED 127.0.0.1:1" },
    });
    expect(correlation).toMatchObject({ value: { received: null, assigned: null } });
  });

  it("are asked for in the name of a user of the run's own", async () => {
    const users = new Set<unknown>();
    platform.state.onRequest = ({ headers }) => users.add(headers["x-user-id"]);
    await probeGateway(context());
    expect([...users]).toEqual(["validation-3f2a9c1e"]);
  });

  it("are asked for with the token where the stack wants one", async () => {
    const seen = new Set<unknown>();
    platform.state.onRequest = ({ headers }) =>
      seen.add([headers["x-user-id"], headers.authorization].join());
    await probeGateway(context({ token: "abc", deploy: { authMode: "jwt" } }));
    expect([...seen]).toEqual([",Bearer abc"]);
  });
});

describe("the correlation id", () => {
  const sent = "validation-3f2a9c1e-0000-4000-8000-000000000000";

  it("is found in the answer and in the service's log", async () => {
    const { correlation } = await probeGateway(
      context({ engine: engineWithLog(`{"correlationId":"${sent}"}\n`) }),
    );
    expect(correlation).toEqual({
      value: {
        sent,
        received: sent,
        assigned: "req_0123456789abcdef",
        loggedBy: ["user-service"],
      },
    });
  });

  it("is missed where the gateway makes another", async () => {
    platform.state.forwardsCorrelationId = false;
    const { correlation } = await probeGateway(context());
    expect(correlation).toMatchObject({
      value: { received: "req_0123456789abcdef", loggedBy: [] },
    });
  });

  it("cannot be followed without a token where one is needed", async () => {
    const { correlation } = await probeGateway(context({ deploy: { authMode: "jwt" } }));
    expect(correlation).toEqual({
      error: "the stack lets in only those with a token (auth mode jwt), and none was given",
    });
  });
});

describe("the trace", () => {
  const ok = (services: string[]) =>
    `HTTP/1.1 200 OK\r\ncontent-type: application/json\r\n\r\n${JSON.stringify({ services })}\n`;
  const id = "validation-trace-3f2a9c1e-0000-4000-8000-000000000000";

  it("is asked for until the service's spans are in it", async () => {
    const sent: unknown[] = [];
    platform.state.onRequest = ({ headers }) => sent.push(headers["x-correlation-id"]);
    const notYet = "HTTP/1.1 404 Not Found\r\n\r\n{}";
    const answers = [notYet, ok(["gateway"]), ok(["gateway", "user"])];
    const { trace } = await probeGateway(context({ engine: engineWithLog("", answers) }));
    expect(trace).toEqual({
      value: { id, wanted: ["gateway", "user"], seen: ["gateway", "user"] },
    });
    expect(sent).toContain(id);
  });

  it("that never comes is not waited for without end", async () => {
    const { trace } = await probeGateway(context({ engine: engineWithLog("", [ok(["gateway"])]) }));
    expect(trace).toMatchObject({ value: { seen: ["gateway"] } });
  });

  it("is nothing to look for where a release shows none", async () => {
    const containers = deploymentFixture().containers.map((it) => ({ ...it, adminPort: null }));
    const { trace } = await probeGateway(context({ deploy: { containers } }));
    expect(trace).toEqual({ skipped: "this release shows no traces" });
  });
});

describe("routes", () => {
  it("are asked for one by one", async () => {
    platform.state.statuses["/api/v1/nft/marketplace"] = 503;
    const routes = await probeRoutes(context());
    const statuses = Object.entries(routes).map(([path, it]) => [
      path,
      "value" in it ? it.value.status : it,
    ]);
    expect(Object.fromEntries(statuses)).toMatchObject({
      "/api/v1/users": 200,
      "/api/v1/trading/execute": 200,
      "/api/v1/trading/markets": 200,
      "/api/v1/nft/marketplace": 503,
    });
  });
});

describe("the trade", () => {
  it("is the plan's, by the run's own user, and the figures around it are read", async () => {
    const posts: { request: IncomingMessage; body: string }[] = [];
    platform.state.onRequest = (request, body) => {
      if (request.method === "POST") posts.push({ request, body });
    };
    const trade = await probeTrade(context());
    expect(
      posts.map(({ request, body }) => [request.headers["x-user-id"], JSON.parse(body) as unknown]),
    ).toEqual([
      [
        "validation",
        {
          user_id: "validation",
          asset_symbol: "BTC/USD",
          direction: "LONG",
          amount: 1000,
        },
      ],
    ]);
    expect(trade).toMatchObject({
      describe: { value: { status: 200, method: "GET" } },
      execute: { value: { status: 201, method: "POST" } },
      before: { value: { status: 200, tradesTotal: 7, tradingVolumeUsd: 7000, stale: false } },
      after: { value: { status: 200, tradesTotal: 8, tradingVolumeUsd: 8000, stale: false } },
    });
  });

  it("is waited for when the dashboard shows it a little later", async () => {
    platform.state.onRequest = ({ method }) => {
      if (method === "POST") platform.state.dashboardLag = 5;
    };
    const { after } = await probeTrade(context());
    expect(after).toMatchObject({ value: { tradesTotal: 8 } });
  });

  it("is not waited for without end", async () => {
    platform.state.onRequest = ({ method }) => {
      if (method === "POST") platform.state.dashboardLag = 1_000;
    };
    const { after } = await probeTrade(context());
    expect(after).toMatchObject({ value: { tradesTotal: 7 } });
    expect(platform.state.dashboardLag).toBe(988);
  });

  it("that is refused is not waited for", async () => {
    platform.state.statuses["/api/v1/trading/execute"] = 503;
    let reads = 0;
    platform.state.onRequest = ({ url }) => {
      if (url === "/dashboard") reads++;
    };
    const { execute } = await probeTrade(context());
    expect(execute).toMatchObject({ value: { status: 503 } });
    expect(reads).toBe(2);
  });

  it("leaves no figures where the dashboard is something else", async () => {
    platform.state.volumeUsd = Number.NaN;
    const { before } = await probeTrade(context());
    expect(before).toEqual({
      value: { status: 200, tradesTotal: null, tradingVolumeUsd: null, stale: false },
    });
  });

  it("is not tried without a token where one is needed", async () => {
    await expect(probeTrade(context({ deploy: { authMode: "jwt" } }))).rejects.toThrow(
      "none was given",
    );
  });
});

describe("the load", () => {
  it("makes three times 200 requests in nobody's name, so that no user's limit is in its way", async () => {
    const callers = new Map<unknown, number>();
    platform.state.onRequest = ({ headers }) => {
      const caller = headers["x-user-id"] ?? headers.authorization;
      callers.set(caller, (callers.get(caller) ?? 0) + 1);
    };
    const { rounds, ...load } = await probeLoad(
      context({ token: "abc", deploy: { authMode: "jwt" } }),
    );
    expect(load).toEqual({ path: "/health", requests: 200, concurrency: 10 });
    expect(rounds.map(({ failures }) => failures)).toEqual([0, 0, 0]);
    for (const { p50Ms, p95Ms, maxMs } of rounds) {
      expect(p50Ms).toBeGreaterThan(0);
      expect(p50Ms).toBeLessThanOrEqual(p95Ms);
      expect(p95Ms).toBeLessThanOrEqual(maxMs);
    }
    expect([...callers]).toEqual([[undefined, 600]]);
  });

  it("goes by the way that leads to the gateway, where there is one", async () => {
    const folder = mkdtempSync(join(tmpdir(), "astratrade-load-"));
    const socketPath = join(folder, "way.sock");
    const { port } = new URL(platform.url);
    const relay = createServer((from) => {
      const to = connect(Number(port), "127.0.0.1");
      from.pipe(to).pipe(from);
      from.on("error", () => to.destroy());
      to.on("error", () => from.destroy());
    });
    await new Promise<void>((resolve) => relay.listen(socketPath, resolve));
    try {
      const { host } = new URL(unusedPort);
      const ways = new Map([[host, { socketPath }]]);
      const { rounds } = await probeLoad(context({ deploy: { gatewayUrl: unusedPort }, ways }));
      expect(rounds.map(({ failures }) => failures)).toEqual([0, 0, 0]);
    } finally {
      await new Promise((resolve) => relay.close(resolve));
      rmSync(folder, { recursive: true });
    }
  });

  it.each(["503", "nothing"])("stops soon when %s is the answer", async (answer) => {
    let asked = 0;
    platform.state.onRequest = () => asked++;
    platform.state.statuses["/health"] = 503;
    const gatewayUrl = answer === "503" ? platform.url : unusedPort;
    const { rounds } = await probeLoad(context({ deploy: { gatewayUrl } }));
    expect(rounds).toHaveLength(1);
    // Ten fail, and as many may be under way by then.
    expect(rounds[0]?.failures).toBeGreaterThanOrEqual(10);
    expect(rounds[0]?.failures).toBeLessThan(20);
    expect(asked).toBeLessThan(20);
  });

  it("is not made, nor is the trade, on a gateway that did not answer before", async () => {
    const gone = { deploy: { gatewayUrl: unusedPort } };
    const found = { gateway: { value: await probeGateway(context(gone)) } };
    await expect(probeLoad(context({ found }))).rejects.toThrow("the gateway does not answer");
    await expect(probeTrade(context({ found }))).rejects.toThrow("the gateway does not answer");
  });

  it("ends when it is told to", async () => {
    const signal = AbortSignal.abort(new Error("enough"));
    await expect(probeLoad(context({ signal }))).rejects.toThrow("enough");
  });
});

describe("the rate limit", () => {
  it("is reached by one user of its own, one request after the other", async () => {
    const users = new Set<unknown>();
    platform.state.onRequest = ({ headers }) => users.add(headers["x-user-id"]);
    const facts = await probeRateLimit(context());
    expect(facts).toMatchObject({
      limit: 200,
      sent: 210,
      admitted: 200,
      firstRefused: 201,
      retryAfter: "59",
      local: false,
    });
    expect(users.size).toBe(1);
    expect([...users][0]).toMatch(/^validation-limit-3f2a9c1e-/);
  });

  it("that is not there is seen", async () => {
    platform.state.userLimit = 1000;
    expect(await probeRateLimit(context())).toMatchObject({
      admitted: 210,
      firstRefused: null,
      retryAfter: null,
    });
  });

  it.each<[string, Partial<Deployment>]>([
    ["this release limits nobody", { rateLimits: null }],
    ["use up the requests of the token", { authMode: "jwt" }],
    ["5000 requests would load", { rateLimits: { userPerMinute: 5000, addressPerMinute: 9 } }],
  ])("is not tried where %s", async (reason, deploy) => {
    let asked = 0;
    platform.state.onRequest = () => asked++;
    await expect(probeRateLimit(context({ deploy }))).rejects.toThrow(reason);
    expect(asked).toBe(0);
  });
});

describe("Prometheus", () => {
  it("is asked what it watches", async () => {
    const { ready, targets } = await probePrometheus(context());
    expect(ready).toBe(true);
    expect(targets.map(({ instance, health }) => `${instance} ${health}`)).toEqual([
      "financial-service:8000 up",
      "gamification-service:8000 up",
      "api-gateway-admin:8100 up",
      "nft-service:8000 up",
      "social-service:8000 up",
      "trading-service:8000 up",
      "user-service:8000 up",
    ]);
  });

  it("is not ready while it says so, or nothing", async () => {
    platform.state.statuses["/-/ready"] = 503;
    expect(await probePrometheus(context())).toEqual({ ready: false, targets: [] });
    const gone = context({ deploy: { prometheusUrl: unusedPort } });
    expect(await probePrometheus(gone)).toEqual({ ready: false, targets: [] });
  });
});

describe("Grafana", () => {
  it("is asked for its health", async () => {
    expect(await probeGrafana(context())).toMatchObject({
      status: 200,
      url: `${platform.url}/api/health`,
    });
  });

  it("is nothing to ask where it is not published", async () => {
    await expect(probeGrafana(context({ deploy: { grafanaUrl: null } }))).rejects.toThrow(
      "Grafana has no address to ask at",
    );
  });
});
