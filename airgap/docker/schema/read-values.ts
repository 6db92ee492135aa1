import { isList, isProperties } from "../../plugin/values.ts";
import type { Properties, Value } from "../../plugin/values.ts";

/**
 * Views of values whose type a table has already checked. An absent value is the empty one; a value
 * of another type is a mistake in the table.
 */
export function asText(value: Value | undefined): string {
  if (value === undefined || value === null) return "";
  if (typeof value === "string") return value;
  throw new TypeError(`${JSON.stringify(value)} is not a text`);
}

export function asNumber(value: Value | undefined): number {
  if (value === undefined || value === null) return 0;
  if (typeof value === "number") return value;
  throw new TypeError(`${JSON.stringify(value)} is not a number`);
}

export function asBoolean(value: Value | undefined): boolean {
  if (value === undefined || value === null) return false;
  if (typeof value === "boolean") return value;
  throw new TypeError(`${JSON.stringify(value)} is not true or false`);
}

export function asList(value: Value | undefined): readonly Value[] {
  if (value === undefined || value === null) return [];
  if (isList(value)) return value;
  throw new TypeError(`${JSON.stringify(value)} is not a list`);
}

export function asTexts(value: Value | undefined): string[] {
  return asList(value).map(asText);
}

export function asBlock(value: Value | undefined): Properties {
  if (value === undefined || value === null) return {};
  if (isProperties(value)) return value;
  throw new TypeError(`${JSON.stringify(value)} is not a set of named values`);
}

export function asBlocks(value: Value | undefined): readonly Properties[] {
  return asList(value).map(asBlock);
}

/** A map of texts. Numbers and truth values come as YAML programs write them. */
export function asMap(value: Value | undefined): Record<string, string> {
  return Object.fromEntries(
    Object.entries(asBlock(value)).map(([name, inner]) => [
      name,
      typeof inner === "object" ? "" : String(inner),
    ]),
  );
}
