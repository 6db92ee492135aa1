import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { Pool } from "undici";
import { afterAll, beforeAll, expect, it } from "vitest";
import { headers, paths } from "../../catalog/endpoints.ts";
import { buildRuntime } from "../build.ts";
import { startTestPlatform, type TestPlatform } from "../kit/testing/platform.ts";
import { waitUntil } from "../kit/testing/wait-until.ts";
import { expectExactTogether, type ObservedAt } from "./rate-limit/testing/exactness.ts";

/**
 * The limit as deployed, in real time: two gateways as processes of their own on one Redis, 200 requests in any 60 s, across the
 * turn of a clock minute, the end of a window, and a pause of 3 s.
 */
const limit = 200;
const windowMs = 60_000;
/** A request waits so long for Redis. */
const deadlineMs = 25;

let dir: string;
let platform: TestPlatform;
let pools: Pool[];
beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), "astratrade-limits-"));
  await buildRuntime(dir);
  platform = await startTestPlatform(dir, ["gateway-2"]);
  pools = (["gateway", "gateway-2"] as const).map(
    (name) => new Pool(platform.url(name), { connections: 100, pipelining: 1 }),
  );
  // Both must have begun to ask Redis; a user of nobody's shows it.
  for (const [place] of pools.entries()) {
    await waitUntil(async () => (await ask("first", place)).mode === "redis", {
      what: "Redis is asked",
    });
  }
});
afterAll(async () => {
  for (const pool of pools) await pool.destroy();
  await platform.stop();
  await rm(dir, { recursive: true, force: true });
});

/** @param turn which of the gateways */
async function ask(user: string, turn: number): Promise<ObservedAt> {
  const gateway = turn % pools.length;
  const askedMs = performance.now();
  const answer = await pools[gateway]?.request({
    path: paths.health,
    method: "GET",
    headers: { [headers.userId]: user },
  });
  await answer?.body.dump();
  const answeredMs = performance.now();
  const status = answer?.statusCode ?? 0;
  expect([200, 429]).toContain(status);
  const mode = answer?.headers[headers.rateLimitMode] === "local" ? "local" : "redis";
  return { admitted: status === 200, askedMs, answeredMs, mode, gateway };
}

/** So many at once, by turns through both gateways. */
function burst(user: string, times: number): Promise<ObservedAt[]> {
  return Promise.all(Array.from({ length: times }, (_, turn) => ask(user, turn)));
}

async function steadily(user: string, perSecond: number, forMs: number): Promise<ObservedAt[]> {
  const asked: Promise<ObservedAt>[] = [];
  const startMs = performance.now();
  for (let count = 0; (count * 1000) / perSecond < forMs; count += 1) {
    await sleep(Math.max(0, startMs + (count * 1000) / perSecond - performance.now()));
    asked.push(ask(user, count));
  }
  return Promise.all(asked);
}

/** Everything at the edges: before and after the turn of the minute, after 3 s, and when the window ends. */
async function atTheEdges(user: string): Promise<ObservedAt[]> {
  const seen: ObservedAt[] = [];
  await sleep(windowMs - (Date.now() % windowMs) - 300);
  const startMs = performance.now();
  seen.push(...(await burst(user, 190)));
  // They have left the window by then, however long the machine took for them.
  const endMs = performance.now() + windowMs;
  await sleep(Math.max(0, startMs + 600 - performance.now()));
  seen.push(...(await burst(user, 60)));
  await sleep(3000);
  seen.push(...(await burst(user, 40)));
  await sleep(Math.max(0, startMs + windowMs - 500 - performance.now()));
  seen.push(...(await steadily(user, 100, 1500)));
  await sleep(Math.max(0, endMs - performance.now()));
  seen.push(...(await burst(user, 220)));
  return seen;
}

/**
 * A gateway decides without Redis only when that is late, which a busy machine makes it: then a request has waited out the deadline,
 * or an answer to nobody's request came after it.
 */
async function expectLateness(seen: readonly ObservedAt[]): Promise<void> {
  for (const [gateway, pool] of pools.entries()) {
    const answer = await pool.request({ path: paths.metrics, method: "GET" });
    const late = lateAnswers(await answer.body.text());
    expect(late).not.toBeNaN();
    const local = seen.filter((one) => one.gateway === gateway && one.mode === "local");
    if (local.length === 0) continue;
    const waited = local.filter(({ askedMs, answeredMs }) => answeredMs - askedMs >= deadlineMs);
    const signs = late + waited.length;
    expect(signs, `signs that Redis was late, for ${local.length} without it`).toBeGreaterThan(0);
  }
}

/** Redis' answers that took longer than the deadline. */
function lateAnswers(metrics: string): number {
  const value = (pattern: RegExp) => Number(pattern.exec(metrics)?.[1]);
  const name = "gateway_ratelimit_redis_duration_seconds";
  const all = value(new RegExp(`^${name}_count.* (\\d+)$`, "m"));
  return all - value(new RegExp(`^${name}_bucket\\{.*le="0\\.025".*\\} (\\d+)$`, "m"));
}

it("admits 200 in any 60 s through two gateways, and never refuses before", async () => {
  const [edges, steady] = await Promise.all([atTheEdges("edges"), steadily("steady", 10, 85_000)]);
  for (const seen of [edges, steady]) expectExactTogether(seen, limit, windowMs);
  await expectLateness([...edges, ...steady]);

  const firstMs = edges[0]?.askedMs ?? 0;
  const inFirst = edges.filter(
    ({ admitted, answeredMs }) => admitted && answeredMs < firstMs + windowMs,
  );
  const unknownToRedis = inFirst.filter(({ mode }) => mode === "local").length;
  expect(inFirst.length).toBeGreaterThanOrEqual(limit);
  expect(inFirst.length - unknownToRedis).toBeLessThanOrEqual(limit);
  // And the window slides: those that left it made room for as many.
  expect(edges.filter(({ admitted }) => admitted).length).toBeGreaterThan(limit + 150);
  expect(steady.filter(({ admitted }) => admitted).length).toBeGreaterThan(limit + 150);
});
