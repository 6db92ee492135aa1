import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { dashboardAnswerSchema, servicesAnswerSchema } from "../catalog/endpoints.ts";
import { redisKeys } from "../catalog/redis-keys.ts";
import { serviceNames } from "../catalog/services.ts";
import { buildRuntime } from "./build.ts";
import { startTestPlatform, type ProgramName, type TestPlatform } from "./kit/testing/platform.ts";
import { waitUntil } from "./kit/testing/wait-until.ts";

const execute = "/api/v1/trading/execute";
const gateways = ["gateway", "gateway-2"] as const;
const further: readonly ProgramName[] = [
  "gateway-2",
  ...serviceNames.map((name): ProgramName => `${name}-2`),
];

let dir: string;
let platform: TestPlatform;
/** Ids of all trades that were confirmed. */
const trades = new Set<string>();

beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), "astratrade-replicas-"));
  await buildRuntime(dir);
  platform = await startTestPlatform(dir, further);
});
afterAll(async () => {
  await platform.stop();
  await rm(dir, { recursive: true, force: true });
});

interface TradeAnswer {
  readonly status: number;
  readonly replayed: boolean;
  readonly id: string;
}

async function trade(
  gateway: ProgramName,
  { key, user = 7 }: { key?: string; user?: number } = {},
): Promise<TradeAnswer> {
  const answer = await fetch(platform.url(gateway) + execute, {
    method: "POST",
    headers: {
      "content-type": "application/json",
      ...(key === undefined ? {} : { "idempotency-key": key }),
    },
    body: JSON.stringify({ user_id: user, asset_symbol: "BTC/USD", direction: "LONG", amount: 10 }),
  });
  const body = (await answer.json()) as { trade?: { trade_id: string } };
  const id = body.trade?.trade_id ?? "";
  if (answer.status === 201) trades.add(id);
  return { status: answer.status, replayed: answer.headers.has("idempotency-replayed"), id };
}

async function get(gateway: ProgramName, path: string): Promise<unknown> {
  return (await fetch(platform.url(gateway) + path)).json();
}

async function instancesKnownTo(gateway: ProgramName): Promise<Record<string, string[]>> {
  const { services } = servicesAnswerSchema.parse(await get(gateway, "/services"));
  return Object.fromEntries(
    Object.entries(services).map(([name, { instances }]) => [
      name,
      instances.map(({ id, status }) => `${id} ${status}`).sort(),
    ]),
  );
}

async function dashboard(gateway: ProgramName) {
  return dashboardAnswerSchema.parse(await get(gateway, "/dashboard"));
}

/** Requests for trades that a process has answered. */
async function answeredBy(name: ProgramName): Promise<number> {
  const text = await (await fetch(`${platform.url(name)}/metrics`)).text();
  const counts = [...text.matchAll(/^http_requests_total\{[^}]*execute[^}]*\} (\d+)$/gm)];
  return counts.reduce((sum, [, count]) => sum + Number(count), 0);
}

describe("two of everything on one Redis", () => {
  it("are both known to both gateways", async () => {
    const expected = Object.fromEntries(
      serviceNames.map((name) => [name, [`${name}-1 healthy`, `${name}-2 healthy`]]),
    );
    for (const gateway of gateways) {
      // A service is well before the gateway has heard of it.
      await expect
        .poll(() => instancesKnownTo(gateway), { timeout: 10_000, interval: 100 })
        .toEqual(expected);
    }
  });

  it("share the work, whichever gateway it comes through", async () => {
    await Promise.all(Array.from({ length: 80 }, (_, n) => trade(gateways[n % 2] ?? "gateway")));
    expect(trades.size).toBe(80);
    const [one, two] = [await answeredBy("trading"), await answeredBy("trading-2")];
    expect(one + two).toBe(80);
    // Two of eighty at random with the less busy one preferred: a quarter each is far below what chance would give.
    expect(Math.min(one, two)).toBeGreaterThan(20);
  });

  it("execute an order with a key once, though it comes through both gateways at once", async () => {
    const answers = await Promise.all(
      Array.from({ length: 10 }, (_, n) => trade(gateways[n % 2] ?? "gateway", { key: "once" })),
    );
    expect(new Set(answers.map(({ id }) => id)).size).toBe(1);
    expect(answers.filter(({ replayed }) => !replayed)).toHaveLength(1);
  });

  it("handle each event once, and show the same figures", async () => {
    const settled = async (): Promise<boolean> => {
      const states = await Promise.all(
        ["gateway", "gamification", "social", "nft", "financial"].map(async (group) => {
          const [pending] = (await platform.redis.admin.xpending(
            redisKeys.eventStream("trading"),
            group,
          )) as [number];
          return pending === 0;
        }),
      );
      const { kpis } = await dashboard("gateway");
      return states.every(Boolean) && kpis.trades_total === trades.size;
    };
    await waitUntil(settled, { what: "every event is handled", deadlineMs: 20_000 });
    const looks = await Promise.all(
      gateways.map(async (gateway) => ({
        kpis: (await dashboard(gateway)).kpis,
        xp: await get(gateway, "/api/v1/gamification/user/7/xp"),
        fees: ((await get(gateway, "/api/v1/financial/revenue")) as { trading_fees: string })
          .trading_fees,
        markets: Object.keys(
          ((await get(gateway, "/api/v1/trading/markets")) as { markets: object }).markets,
        ),
      })),
    );
    expect(looks[1]).toEqual(looks[0]);
    expect(looks[0]).toMatchObject({
      kpis: { trades_total: trades.size, trading_volume_usd: 10 * trades.size },
      xp: { trades: trades.size },
      fees: (trades.size / 100).toFixed(2),
    });
    const feed = await platform.redis.admin.lrange("social:feed", 0, -1);
    const shared = feed.map((json) => (JSON.parse(json) as { id: string }).id);
    expect(shared.sort()).toEqual([...trades].map((id) => `feed_${id}`).sort());
  });
});

describe("one of two that is killed", () => {
  it("is missed by both gateways, and the other answers every request", async () => {
    expect(await platform.end("trading-2", "SIGKILL")).toBe("SIGKILL");
    const answers = await Promise.all(
      Array.from({ length: 20 }, (_, n) => trade(gateways[n % 2] ?? "gateway")),
    );
    expect(answers.map(({ status }) => status)).toEqual(answers.map(() => 201));
    platform.start("trading-2");
    await waitUntil(
      async () => {
        const { trading = [] } = await instancesKnownTo("gateway-2");
        return trading.join() === "trading-1 healthy,trading-2 healthy";
      },
      { what: "both are there again", deadlineMs: 20_000 },
    );
  });

  it("leaves its events to the other, and none is handled twice or lost", async () => {
    for (const name of ["gamification-2", "gateway-2"] as const)
      await platform.end(name, "SIGKILL");
    await Promise.all(Array.from({ length: 20 }, () => trade("gateway")));
    await waitUntil(async () => (await dashboard("gateway")).kpis.trades_total === trades.size, {
      what: "every trade is counted by the gateway that is left",
      deadlineMs: 30_000,
    });
    await waitUntil(
      async () => {
        const xp = (await get("gateway", "/api/v1/gamification/user/7/xp")) as { trades: number };
        return xp.trades === trades.size;
      },
      { what: "every trade is rewarded", deadlineMs: 30_000 },
    );
    const balances = Object.values(await platform.redis.admin.hgetall("ledger:accounts"));
    expect(balances.reduce((sum, units) => sum + BigInt(units), 0n)).toBe(0n);
  });
});
