import axios, { isAxiosError } from "axios";
import { afterAll, beforeAll, expect, test } from "vitest";
import { dashboardAnswerSchema, servicesAnswerSchema } from "../../catalog/endpoints.ts";
import { expectExit } from "./expect-exit.ts";
import { createSandbox, type Sandbox } from "./sandbox.ts";

/** One gateway and one trading service become two of each, lose one of each, and become one again. */
let sandbox: Sandbox;
const http = axios.create({ timeout: 5_000 });
/** Trades that were answered with 201: none of them may be lost. */
let confirmed = 0;

beforeAll(async () => {
  sandbox = await createSandbox();
});
afterAll(() => sandbox.remove());

/** @returns the status, 0 when there was no answer */
/** Each by a user of its own, or the user's limit would be what is tested. */
async function trade(key: string): Promise<number> {
  try {
    const { status } = await http.post(
      `${sandbox.gatewayUrl}/api/v1/trading/execute`,
      { user_id: `of-${key}`, asset_symbol: "BTC/USD", direction: "LONG", amount: 10 },
      { headers: { "idempotency-key": key } },
    );
    confirmed += 1;
    return status;
  } catch (error) {
    return isAxiosError(error) ? (error.response?.status ?? 0) : 0;
  }
}

async function tradesOnDashboard(): Promise<number> {
  const { data } = await http.get<unknown>(`${sandbox.gatewayUrl}/dashboard`);
  return dashboardAnswerSchema.parse(data).kpis.trades_total;
}

async function instancesOf(service: string): Promise<string[]> {
  const { data } = await http.get<unknown>(`${sandbox.gatewayUrl}/services`);
  const { instances = [] } = servicesAnswerSchema.parse(data).services[service] ?? {};
  return instances.map(({ id }) => id).sort();
}

async function containers(): Promise<string[]> {
  const filters = { label: [`io.astratrade.stack=${sandbox.stack}`] };
  const found = await sandbox.docker.listContainers({ filters });
  return found.map(({ Names }) => Names[0]?.slice(1 + sandbox.prefix.length) ?? "").sort();
}

/** Requests that a container has counted, as it says itself. */
async function requestsAt(name: string): Promise<number> {
  const { prometheus } = sandbox.ports;
  const query = `sum(http_requests_total{instance=~"${sandbox.prefix}${name}(-admin)?:.*",route=~".*trading.*"})`;
  const { data } = await http.get<{ data: { result: { value: [number, string] }[] } }>(
    `http://127.0.0.1:${prometheus ?? 0}/api/v1/query`,
    { params: { query } },
  );
  return Number(data.data.result[0]?.value[1] ?? 0);
}

test("one of each, as ever", async () => {
  expectExit(await sandbox.astra("up"), 0);
  expect(await containers()).toContain("api-gateway");
  expect(await trade("first")).toBe(201);
});

test("two of each: an entry before the gateways, and everything validates", async () => {
  sandbox.configure({ replicas: { gateway: 2, trading: 2 } });
  expectExit(await sandbox.astra("up"), 0);
  const names = await containers();
  expect(names.filter((name) => /entry|gateway|trading/.test(name))).toEqual([
    "api-gateway-1",
    "api-gateway-2",
    "entry",
    "trading-service-1",
    "trading-service-2",
  ]);
  expect(await instancesOf("trading")).toEqual(
    ["trading-service-1", "trading-service-2"].map((name) => sandbox.prefix + name),
  );
});

test("trades through the entry reach all of them", async () => {
  const names = ["api-gateway-1", "api-gateway-2", "trading-service-1", "trading-service-2"];
  // The validation has been there as well: what counts is what comes now.
  const before = await Promise.all(names.map(requestsAt));
  const statuses = await Promise.all(Array.from({ length: 60 }, (_, n) => trade(`both-${n}`)));
  expect(new Set(statuses)).toEqual(new Set([201]));
  for (const [index, name] of names.entries()) {
    await expect
      .poll(() => requestsAt(name), { timeout: 20_000, interval: 500 })
      .toBeGreaterThan(before[index] ?? 0);
  }
});

test("without one gateway and one trading service answers keep coming", async () => {
  let failures = 0;
  let ended = false;
  let count = 0;
  const client = async (): Promise<void> => {
    while (!ended) {
      count += 1;
      if ((await trade(`kill-${count}`)) !== 201) failures += 1;
    }
  };
  const clients = [client(), client()];
  await expect.poll(() => count, { timeout: 10_000 }).toBeGreaterThan(10);
  for (const name of ["api-gateway-1", "trading-service-2"]) {
    await sandbox.docker.getContainer(sandbox.prefix + name).kill();
  }
  const atKill = count;
  await expect.poll(() => count, { timeout: 30_000 }).toBeGreaterThan(atKill + 100);
  ended = true;
  await Promise.all(clients);
  // What was under way in the two that ended, in each client, and nothing after that.
  expect(failures).toBeLessThanOrEqual(4);
});

test("one of each again, from what is left of two, and no trade is lost", async () => {
  sandbox.configure({});
  expectExit(await sandbox.astra("up"), 0);
  expect((await containers()).filter((name) => /entry|gateway|trading/.test(name))).toEqual([
    "api-gateway",
    "trading-service",
  ]);
  expect(await instancesOf("trading")).toEqual([`${sandbox.prefix}trading-service`]);
  // The validation has made trades of its own.
  await expect.poll(tradesOnDashboard, { timeout: 10_000 }).toBeGreaterThanOrEqual(confirmed);
});
