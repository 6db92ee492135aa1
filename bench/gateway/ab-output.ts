/**
 * A percentile from what `ab -e` writes, in ms with fractions; the table on its output has whole milliseconds only.
 * @throws Error when it is not there
 */
export function readPercentile(csv: string, percent: number): number {
  const line = csv.split("\n").find((one) => one.startsWith(`${percent},`));
  const value = Number(line?.split(",")[1] ?? Number.NaN);
  if (Number.isFinite(value)) return value;
  throw new Error(`ab wrote no value for ${percent} %.`);
}

/**
 * What ab's output says went wrong. Answers of another length than the first are no failure: /health tells ages.
 */
export function readProblems(output: string): string[] {
  const count = (pattern: RegExp): number => Number(pattern.exec(output)?.[1] ?? 0);
  const complete = count(/^Complete requests:\s+(\d+)/m);
  const found = [
    ["requests not completed", 1000 - complete],
    ["connections refused", count(/Connect: (\d+)/)],
    ["answers not received", count(/Receive: (\d+)/)],
    ["exceptions", count(/Exceptions: (\d+)/)],
    ["answers other than 2xx", count(/^Non-2xx responses:\s+(\d+)/m)],
  ] as const;
  return found.filter(([, number]) => number !== 0).map(([what, number]) => `${number} ${what}`);
}
