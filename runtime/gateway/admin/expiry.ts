import { Problem } from "../../kit/errors.ts";

/** How long something that an operator sets may hold, in ms. It always ends: nobody remembers a breaker forced in the night. */
export interface ExpiryBounds {
  readonly defaultMs: number;
  readonly maxMs: number;
}

/**
 * Reads `for`, such as `90s`, `10m` or `1h`.
 * @throws Problem `invalid_request` naming the value and what is allowed
 */
export function readExpiry(query: URLSearchParams, bounds: ExpiryBounds): number {
  const text = query.get("for");
  if (text === null) return bounds.defaultMs;
  const [, digits = "", unit = ""] = /^(\d{1,6})(s|m|h)$/.exec(text) ?? [];
  const ms = Number(digits) * (unitMs[unit] ?? 0);
  if (ms >= 1000 && ms <= bounds.maxMs) return ms;
  throw new Problem("invalid_request", {
    message: `\`for\` is "${text}"; it must be a time such as 90s, 10m or 1h, from 1s to ${bounds.maxMs / 60_000}m.`,
  });
}

const unitMs: Readonly<Record<string, number>> = { s: 1000, m: 60_000, h: 3_600_000 };
