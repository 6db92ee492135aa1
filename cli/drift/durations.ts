/** What Go writes as a duration, in nanoseconds. */
const units: Readonly<Record<string, number>> = {
  ns: 1,
  us: 1e3,
  µs: 1e3,
  ms: 1e6,
  s: 1e9,
  m: 60e9,
  h: 3600e9,
};

/**
 * Reads a duration as Go writes it: `1m30s`, `500ms`. Nothing is none.
 * @returns nanoseconds
 */
export function nanoseconds(text: string | null | undefined): number {
  const parts = (text ?? "").matchAll(/(\d+(?:\.\d+)?)(ns|us|µs|ms|s|m|h)/g);
  return [...parts].reduce(
    (sum, [, count, unit = ""]) => sum + Math.round(Number(count) * (units[unit] ?? 0)),
    0,
  );
}

/** Nanoseconds in the unit that people think in. */
export function secondsText(count: number): string {
  return `${count / 1e9} s`;
}
