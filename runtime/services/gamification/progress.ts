import { Decimal } from "decimal.js";

/** The one rule for XP: a tenth of the US dollars put into a trade, rounded down, and at least 1. */
export function xpForTrade(amountUsd: string): number {
  return Math.max(1, new Decimal(amountUsd).div(10).floor().toNumber());
}

/** XP from one level to the next. */
export const xpPerLevel = 1000;

/** The one rule for levels: everybody starts at 1, and each 1000 XP is one more. The script below counts the same way. */
export function levelOf(xp: number): number {
  return Math.floor(xp / xpPerLevel) + 1;
}

export function viewProgress(xp: number) {
  const level = levelOf(xp);
  return { total_xp: xp, level, xp_to_next_level: level * xpPerLevel - xp };
}
