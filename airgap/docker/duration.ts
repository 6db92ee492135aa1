import { ResourceError } from "../plugin/errors.ts";

/** Nanoseconds in one unit of a duration as Go writes it. */
const UNITS: Readonly<Record<string, number>> = {
  ns: 1,
  us: 1e3,
  µs: 1e3,
  ms: 1e6,
  s: 1e9,
  m: 60e9,
  h: 3_600e9,
};

/**
 * Parses a duration such as `500ms`, `1m30s` or `0`.
 *
 * @returns nanoseconds, or undefined if the text is no duration
 */
export function parseDuration(text: string): number | undefined {
  if (text === "0") return 0;
  const [, sign, rest] = /^([+-]?)((?:\d+\.?\d*|\.\d+)(?:ns|us|µs|ms|s|m|h).*)$/.exec(text) ?? [];
  if (rest === undefined) return undefined;
  let total = 0;
  let left = rest;
  while (left !== "") {
    const [part, amount, unit] = /^(\d+\.?\d*|\.\d+)(ns|us|µs|ms|s|m|h)/.exec(left) ?? [];
    if (part === undefined || unit === undefined) return undefined;
    total += Number(amount) * (UNITS[unit] ?? 0);
    left = left.slice(part.length);
  }
  return Math.round(sign === "-" ? -total : total);
}

/** As parseDuration, for values that have been checked. */
export function toNanoseconds(text: string): number {
  const nanoseconds = parseDuration(text);
  if (nanoseconds === undefined) throw new ResourceError(`'${text}' is not a valid duration`);
  return nanoseconds;
}

/** Writes nanoseconds the way Go does: `0s`, `500ms`, `1m30s`, `1h0m0s`. */
export function formatDuration(nanoseconds: number): string {
  if (nanoseconds === 0) return "0s";
  const sign = nanoseconds < 0 ? "-" : "";
  const amount = Math.abs(nanoseconds);
  if (amount < 1e3) return `${sign}${amount}ns`;
  if (amount < 1e6) return `${sign}${amount / 1e3}µs`;
  if (amount < 1e9) return `${sign}${amount / 1e6}ms`;
  const hours = Math.floor(amount / 3_600e9);
  const minutes = Math.floor((amount % 3_600e9) / 60e9);
  const seconds = (amount % 60e9) / 1e9;
  const long = hours > 0 ? `${hours}h${minutes}m` : minutes > 0 ? `${minutes}m` : "";
  return `${sign}${long}${seconds}s`;
}
