import type { Value } from "../plugin/values.ts";

/** The engine calls `create` only with inputs that passed `check`, so these conversions are safe. */
export function asNumber(value: Value | undefined): number {
  return typeof value === "number" ? value : Number(value ?? 0);
}

export function asString(value: Value | undefined): string {
  return typeof value === "string" ? value : "";
}
