import { randomFillSync } from "node:crypto";

/** Passed in wherever time is read, so that a test decides what time it is. */
export interface Clock {
  nowMs(): number;
}

export const systemClock: Clock = { nowMs: () => Date.now() };

/** Never goes backwards, and does not jump when the machine's time is set: for everything that only measures. */
export const steadyClock: Clock = { nowMs: () => performance.timeOrigin + performance.now() };

/** Passed in wherever chance decides, so that a test decides instead. */
export interface Random {
  /** @returns two hexadecimal digits a byte */
  hex(bytes: number): string;
  /** @returns at least 0 and less than 1 */
  fraction(): number;
}

/** Bytes that are drawn at once: the operating system's randomness costs 0.5 µs a call, and ids are made for every request. */
const poolBytes = 4096;

/** Randomness fit for secrets, from a pool that no two callers get the same part of. */
function pooledRandom(): Random {
  const bytes = Buffer.alloc(poolBytes);
  let digits = "";
  let used = 0;
  return {
    hex: (count) => {
      const length = 2 * count;
      if (length > 2 * poolBytes) throw new RangeError(`At most ${poolBytes} bytes at once.`);
      if (used + length > digits.length) {
        digits = randomFillSync(bytes).toString("hex");
        used = 0;
      }
      used += length;
      return digits.slice(used - length, used);
    },
    fraction: () => Math.random(),
  };
}

export const systemRandom: Random = pooledRandom();

/** @returns for example `2026-08-02T12:55:19.000Z` */
export function isoTime(clock: Clock): string {
  return new Date(clock.nowMs()).toISOString();
}
