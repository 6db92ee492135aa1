/** Middle of the values and how far they lie apart. */
export interface Spread {
  readonly median: number;
  readonly min: number;
  readonly max: number;
}

/** @throws Error when there are no values */
export function spread(values: readonly number[]): Spread {
  const sorted = values.toSorted((a, b) => a - b);
  const [min, max] = [sorted[0], sorted.at(-1)];
  if (min === undefined || max === undefined) throw new Error("There are no values.");
  return { median: quantile(sorted, 0.5), min, max };
}

/**
 * @param sorted ascending, at least one value
 * @param share 0 to 1; between two values, the line between them
 */
export function quantile(sorted: readonly number[], share: number): number {
  const at = (sorted.length - 1) * share;
  const below = sorted[Math.floor(at)] ?? Number.NaN;
  const above = sorted[Math.ceil(at)] ?? Number.NaN;
  return below + (above - below) * (at - Math.floor(at));
}

/**
 * The order of a round: it begins with another one each time, and every second round runs backwards, so that nobody always
 * comes after the same neighbour.
 * @param round from 1
 */
export function orderOf<Item>(items: readonly Item[], round: number): Item[] {
  const first = (round - 1) % Math.max(1, items.length);
  const rotated = [...items.slice(first), ...items.slice(0, first)];
  return round % 2 === 0 ? rotated.reverse() : rotated;
}

/** Most of the times that lie within one minute, its end not counted. @param timesMs ascending */
export function mostWithinMinute(timesMs: readonly number[]): number {
  let most = 0;
  let first = 0;
  for (const [index, timeMs] of timesMs.entries()) {
    while (timeMs - (timesMs[first] ?? timeMs) >= 60_000) first += 1;
    most = Math.max(most, index - first + 1);
  }
  return most;
}
