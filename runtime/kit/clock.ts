import { randomBytes } from "node:crypto";

/** Passed in wherever time is read, so that a test decides what time it is. */
export interface Clock {
  nowMs(): number;
}

export const systemClock: Clock = { nowMs: () => Date.now() };

/** Passed in wherever chance decides, so that a test decides instead. */
export interface Random {
  /** @returns two hexadecimal digits a byte */
  hex(bytes: number): string;
  /** @returns at least 0 and less than 1 */
  fraction(): number;
}

export const systemRandom: Random = {
  hex: (bytes) => randomBytes(bytes).toString("hex"),
  fraction: () => Math.random(),
};

/** @returns for example `2026-08-02T12:55:19.000Z` */
export function isoTime(clock: Clock): string {
  return new Date(clock.nowMs()).toISOString();
}
