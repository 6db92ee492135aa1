import fc from "fast-check";
import type { Redis } from "ioredis";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { redisKeys } from "../../catalog/redis-keys.ts";
import {
  encodeLegs,
  ledgerKeyNames,
  ledgerKeys,
  ledgerLua,
  type Leg,
  maxAmountUnits,
} from "./ledger.ts";
import { defineScript, runScript } from "./script.ts";
import { startTestRedis, type TestRedis } from "./testing/redis-server.ts";

let server: TestRedis;
let redis: Redis;
beforeAll(async () => {
  server = await startTestRedis();
  redis = (await server.link("trading")).commands;
});
afterAll(() => server.stop());
beforeEach(() => server.admin.flushall());

const postScript = defineScript({
  name: "test-post",
  keys: ledgerKeyNames,
  args: ["entry", "legs"],
  libraries: [ledgerLua],
  lua: "if ledgerPost(entry, 'test', cjson.decode(legs)) then return 1 end return 0",
});

function post(entry: string, legs: readonly Leg[]): Promise<unknown> {
  return runScript(redis, postScript, {
    keys: ledgerKeys,
    args: { entry, legs: encodeLegs(legs) },
  });
}

function transfer(entry: string, { from, to, units }: Transfer): Promise<unknown> {
  return post(entry, [
    { account: from, units: -units },
    { account: to, units },
  ]);
}

interface Transfer {
  readonly from: string;
  readonly to: string;
  readonly units: bigint;
}

async function balances(): Promise<Map<string, bigint>> {
  const stored = await server.admin.hgetall(redisKeys.ledgerAccounts);
  return new Map(Object.entries(stored).map(([account, units]) => [account, BigInt(units)]));
}

const account = fc.constantFrom("a", "b", "c", "d");
const transfers = fc.array(
  fc.record({ from: account, to: account, units: fc.bigInt({ min: 1n, max: maxAmountUnits }) }),
  { minLength: 1, maxLength: 30 },
);

describe("the ledger", () => {
  it("keeps what a model in exact integers keeps, and the sum at zero", async () => {
    await fc.assert(
      fc.asyncProperty(transfers, async (list) => {
        await server.admin.flushall();
        const model = new Map<string, bigint>();
        for (const [index, { from, to, units }] of list.entries()) {
          await transfer(`entry-${index}`, { from, to, units });
          model.set(from, (model.get(from) ?? 0n) - units);
          model.set(to, (model.get(to) ?? 0n) + units);
        }
        const actual = await balances();
        expect(new Map([...actual].sort())).toEqual(new Map([...model].sort()));
        expect([...actual.values()].reduce((sum, units) => sum + units, 0n)).toBe(0n);
        expect(await server.admin.xlen(redisKeys.ledgerJournal)).toBe(list.length);
      }),
      { numRuns: 40 },
    );
  });

  it("posts an entry once, however often and in whatever order it comes again", async () => {
    const schedule = fc.record({
      list: transfers,
      replays: fc.array(fc.nat({ max: 29 }), { maxLength: 30 }),
    });
    await fc.assert(
      fc.asyncProperty(schedule, async ({ list, replays }) => {
        await server.admin.flushall();
        for (const [index, one] of list.entries()) await transfer(`entry-${index}`, one);
        const before = await balances();
        for (const index of replays) {
          const one = list[index];
          if (one !== undefined) expect(await transfer(`entry-${index}`, one)).toBe(0);
        }
        expect(await balances()).toEqual(before);
        expect(await server.admin.xlen(redisKeys.ledgerJournal)).toBe(list.length);
      }),
      { numRuns: 25 },
    );
  });

  it("does not drift where doubles would: one unit beside the largest amounts", async () => {
    for (let index = 0; index < 20; index += 1) {
      await transfer(`large-${index}`, { from: "bank", to: "whale", units: maxAmountUnits });
    }
    await transfer("small", { from: "whale", to: "bank", units: 1n });
    expect((await balances()).get("whale")).toBe(20n * maxAmountUnits - 1n);
  });

  it.each([
    [
      "legs that do not sum to zero",
      [
        { account: "a", units: -5n },
        { account: "b", units: 4n },
      ],
      "LEDGER legs do not sum to zero in bad",
    ],
    [
      "an amount beyond the largest",
      [
        { account: "a", units: -(maxAmountUnits + 1n) },
        { account: "b", units: maxAmountUnits + 1n },
      ],
      "LEDGER amount out of range in bad",
    ],
  ])("refuses %s and writes nothing", async (_name, legs, message) => {
    await expect(post("bad", legs)).rejects.toThrow(message);
    expect(await server.admin.dbsize()).toBe(0);
  });

  it("refuses an entry to a full account before it could overflow", async () => {
    await server.admin.hset(redisKeys.ledgerAccounts, "full", "1000000000000000000");
    await expect(transfer("over", { from: "a", to: "full", units: 1n })).rejects.toThrow(
      "LEDGER account is full: full",
    );
    expect((await balances()).get("a")).toBeUndefined();
  });

  it("writes every entry into the journal", async () => {
    await transfer("entry-1", { from: "a", to: "b", units: 7n });
    const journal = await server.admin.xrange(redisKeys.ledgerJournal, "-", "+");
    expect(journal.map(([, fields]) => fields)).toEqual([
      ["entry", "entry-1", "kind", "test", "legs", '[["a","-7"],["b","7"]]'],
    ]);
  });
});
