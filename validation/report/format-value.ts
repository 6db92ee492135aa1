import type { CheckResult } from "./schema.ts";

/** A value for people: bytes in the largest unit that keeps them whole, CPU in cores, anything else with its unit. */
export function formatValue(value: CheckResult["expected"], unit?: string): string {
  if (value === null) return "–";
  if (typeof value !== "number" || unit === undefined) return String(value);
  if (unit === "bytes") return formatBytes(value);
  if (unit === "nanocpus") return `${value / 1e9} CPU`;
  return `${value} ${unit}`;
}

function formatBytes(bytes: number): string {
  const units = ["bytes", "KiB", "MiB", "GiB"];
  let size = bytes;
  let index = 0;
  while (size !== 0 && size % 1024 === 0 && index < units.length - 1) {
    size /= 1024;
    index++;
  }
  return `${size} ${units[index] ?? ""}`;
}
