import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { silentLogger } from "../../kit/logger.ts";
import { waitUntil } from "../../kit/testing/wait-until.ts";
import { type KeyServer, startKeyServer } from "../testing/key-server.ts";
import { type KeySet, type KeySetTiming, watchKeySet } from "./key-set.ts";

let server: KeyServer;
let keys: KeySet | undefined;
let nowMs: number;

beforeEach(async () => {
  server = await startKeyServer();
  await server.addKey("one");
  nowMs = 1000;
});
afterEach(async () => {
  keys?.stop();
  await server.stop();
});

function watch(timing: Partial<KeySetTiming> = {}): KeySet {
  keys = watchKeySet({
    url: server.url,
    clock: { nowMs: () => nowMs },
    logger: silentLogger,
    timing: { refreshMs: 600_000, ...timing },
  });
  return keys;
}

describe("the key set", () => {
  it("waits for the first read, and is then asked of nobody", async () => {
    const set = watch();
    expect(await set.find("one")).toMatchObject({ type: "public" });
    for (let count = 0; count < 50; count += 1) await set.find("one");
    expect(server.asked()).toBe(1);
  });

  it("looks once for an id that is not known, however many ask", async () => {
    const set = watch();
    await set.find("one");
    await server.addKey("two");
    nowMs += 5000;
    const found = await Promise.all(Array.from({ length: 20 }, () => set.find("two")));
    expect(found.every((key) => key?.type === "public")).toBe(true);
    expect(server.asked()).toBe(2);
  });

  it("is not made to look again and again by ids that nobody has", async () => {
    const set = watch();
    await set.find("one");
    nowMs += 5000;
    for (let count = 0; count < 50; count += 1) {
      expect(await set.find(`invented-${count}`)).toBeUndefined();
    }
    expect(server.asked()).toBe(2);
    nowMs += 4999;
    await set.find("invented");
    expect(server.asked()).toBe(2);
    nowMs += 1;
    await set.find("invented");
    expect(server.asked()).toBe(3);
  });

  it("keeps two keys alive, and says when one is withdrawn", async () => {
    await server.addKey("two");
    const set = watch({ refreshMs: 20 });
    let withdrawn = 0;
    set.onWithdrawn(() => (withdrawn += 1));
    expect([await set.find("one"), await set.find("two")]).not.toContain(undefined);
    expect(withdrawn).toBe(0);
    server.withdraw("one");
    await waitUntil(() => withdrawn === 1, { what: "the background notices" });
    expect(await set.find("one")).toBeUndefined();
    expect(await set.find("two")).toBeDefined();
  });

  it("says that a key is withdrawn when another is published under its id", async () => {
    const set = watch({ refreshMs: 20 });
    let withdrawn = 0;
    set.onWithdrawn(() => (withdrawn += 1));
    const before = await set.find("one");
    await server.addKey("one");
    await waitUntil(() => withdrawn === 1, { what: "the background notices" });
    expect(await set.find("one")).not.toBe(before);
    const asked = server.asked();
    await waitUntil(() => server.asked() > asked + 1, { what: "two reads of the same set" });
    expect(withdrawn).toBe(1);
  });

  it.each(["error", "garbage", "huge", "nothing"] as const)(
    "keeps the last good set while the endpoint answers: %s",
    async (how) => {
      const set = watch({ deadlineMs: 100 });
      await set.find("one");
      server.answer(how);
      nowMs += 5000;
      expect(await set.find("unknown")).toBeUndefined();
      expect(await set.find("one")).toBeDefined();
    },
  );

  it.each(["error", "garbage", "nothing"] as const)(
    "says that nobody can tell while it was never read, and recovers by itself: %s",
    async (how) => {
      server.answer(how);
      const set = watch({ deadlineMs: 100, cooldownMs: 20 });
      await expect(set.find("one")).rejects.toMatchObject({
        code: "keys_unavailable",
        status: 503,
      });
      server.answer("set");
      await waitUntil(() => set.find("one").then(Boolean, () => false), { what: "the keys" });
    },
  );

  it("does not take an empty set for the withdrawal of all keys", async () => {
    const set = watch({ refreshMs: 20 });
    await set.find("one");
    server.withdraw("one");
    const before = server.asked();
    await waitUntil(() => server.asked() > before + 1, { what: "two reads of the empty set" });
    expect(await set.find("one")).toBeDefined();
  });
});
