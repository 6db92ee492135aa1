import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { createBatcher } from "./batcher.ts";

beforeEach(() => vi.useFakeTimers());
afterEach(() => vi.useRealTimers());

function start({ maxBatch = 3, maxQueued = 5, hold = false } = {}) {
  const sent: number[][] = [];
  const releases: (() => void)[] = [];
  let dropped = 0;
  const batcher = createBatcher<number>({
    intervalMs: 200,
    backlogMs: 50,
    maxBatch,
    maxQueued,
    send: (batch) => {
      sent.push([...batch]);
      if (!hold) return Promise.resolve();
      return new Promise((resolve) => releases.push(resolve));
    },
    onDropped: (count) => {
      dropped += count;
    },
  });
  return { batcher, sent, releases, dropped: () => dropped };
}

describe("a batcher", () => {
  it("sends what came within the interval together, and has no timer while there is nothing", async () => {
    const { batcher, sent } = start();
    expect(vi.getTimerCount()).toBe(0);
    batcher.add(1);
    batcher.add(2);
    await vi.advanceTimersByTimeAsync(199);
    expect(sent).toEqual([]);
    await vi.advanceTimersByTimeAsync(1);
    expect(sent).toEqual([[1, 2]]);
    expect(vi.getTimerCount()).toBe(0);
  });

  it("sends a backlog batch after batch, with its pause between full ones", async () => {
    const { batcher, sent } = start({ maxQueued: 10 });
    for (let item = 1; item <= 7; item += 1) batcher.add(item);
    await vi.advanceTimersByTimeAsync(249);
    expect(sent).toEqual([[1, 2, 3]]);
    await vi.advanceTimersByTimeAsync(1);
    expect(sent).toEqual([
      [1, 2, 3],
      [4, 5, 6],
    ]);
    await vi.advanceTimersByTimeAsync(200);
    expect(sent.at(-1)).toEqual([7]);
  });

  it("drops what is too much while a batch is under way, and never sends two at once", async () => {
    const { batcher, sent, releases, dropped } = start({ hold: true });
    batcher.add(1);
    await vi.advanceTimersByTimeAsync(200);
    for (let item = 2; item <= 9; item += 1) batcher.add(item);
    await vi.advanceTimersByTimeAsync(60_000);
    expect([sent, dropped()]).toEqual([[[1]], 3]);
    releases[0]?.();
    await vi.advanceTimersByTimeAsync(50);
    expect(sent).toEqual([[1], [2, 3, 4]]);
  });

  it("goes on after a batch that failed, and counts it", async () => {
    const sent: number[][] = [];
    let dropped = 0;
    const batcher = createBatcher<number>({
      intervalMs: 10,
      backlogMs: 0,
      maxBatch: 2,
      maxQueued: 9,
      send: (batch) => {
        sent.push([...batch]);
        return sent.length === 1 ? Promise.reject(new Error("a bug")) : Promise.resolve();
      },
      onDropped: (count) => {
        dropped += count;
      },
    });
    for (const item of [1, 2, 3]) batcher.add(item);
    await vi.advanceTimersByTimeAsync(100);
    expect([sent, dropped]).toEqual([[[1, 2], [3]], 2]);
  });

  it("sends all that is queued when it is stopped, and drops what comes later", async () => {
    const { batcher, sent, dropped } = start();
    for (const item of [1, 2, 3, 4]) batcher.add(item);
    await batcher.stop(1000);
    batcher.add(5);
    expect([sent, dropped()]).toEqual([[[1, 2, 3], [4]], 1]);
    expect(vi.getTimerCount()).toBe(0);
  });

  it("stops at the deadline, whatever the one it sends to does", async () => {
    const { batcher, sent, dropped } = start({ hold: true });
    for (const item of [1, 2, 3, 4]) batcher.add(item);
    const stopped = batcher.stop(1000);
    await vi.advanceTimersByTimeAsync(1000);
    await stopped;
    expect([sent, dropped()]).toEqual([[[1, 2, 3]], 1]);
  });
});
