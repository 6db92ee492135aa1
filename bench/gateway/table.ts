/** A Markdown table. @param rows cells as they are to be read */
export function markdownTable(
  head: readonly string[],
  rows: readonly (readonly string[])[],
): string {
  const lines = [head, head.map(() => "---"), ...rows];
  return lines.map((cells) => `| ${cells.join(" | ")} |`).join("\n");
}

/** A number with as many digits as it deserves: 12,345 · 123 · 12.3 · 1.23 */
export function digits(value: number): string {
  const places = Math.abs(value) >= 100 ? 0 : Math.abs(value) >= 10 ? 1 : 2;
  return value.toLocaleString("en-US", {
    minimumFractionDigits: places,
    maximumFractionDigits: places,
  });
}

/** Middle, and in brackets both ends. */
export function withSpread(spread: {
  readonly median: number;
  readonly min: number;
  readonly max: number;
}): string {
  return `${digits(spread.median)} (${digits(spread.min)}–${digits(spread.max)})`;
}
