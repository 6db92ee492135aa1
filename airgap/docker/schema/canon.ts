import { isList, isProperties } from "../../plugin/values.ts";
import type { Value } from "../../plugin/values.ts";
import type { Shape } from "./shape.ts";

/** The names of the defaults that were filled in; bookkeeping, not a property. */
export const DEFAULTS = "__defaults";

/** True if two values mean the same to the engine, however they are written. */
export function isSame(shape: Shape, a: Value | undefined, b: Value | undefined): boolean {
  return canonText(shape, a) === canonText(shape, b);
}

/**
 * True for what the official provider treats as "not set": absent, null, empty text, zero, false,
 * no elements, no fields.
 */
export function isZero(value: Value | undefined): boolean {
  if (isList(value)) return value.length === 0;
  if (isProperties(value)) return Object.keys(value).every((name) => name === DEFAULTS);
  return value === undefined || value === null || value === "" || value === 0 || value === false;
}

/** True for a value that is not there at all, or a collection without elements. */
export function isAbsent(value: Value | undefined): boolean {
  if (value === undefined || value === null) return true;
  return typeof value === "object" && isZero(value);
}

/** A text that is equal for equal values: zeros dropped, sets sorted, scalars in canonical form. */
export function canonText(shape: Shape, value: Value | undefined): string {
  return JSON.stringify(canonical(shape, value) ?? null);
}

function canonical(shape: Shape, value: Value | undefined): Value | undefined {
  if (value === undefined || isZero(value)) return undefined;
  switch (shape.kind) {
    case "string":
    case "int":
    case "bool": {
      const canon = shape.canon === undefined ? value : shape.canon(value);
      return isZero(canon) ? undefined : canon;
    }
    case "map":
      return isProperties(value) ? sortedFields(value) : value;
    case "list":
      return isList(value) ? value.map((element) => canonical(shape.of, element) ?? null) : value;
    case "set":
      return isList(value)
        ? [...new Set(value.map((element) => canonText(shape.of, element)))].sort()
        : value;
    case "block": {
      if (!isProperties(value)) return value;
      const fields: Record<string, Value> = {};
      for (const [name, field] of Object.entries(shape.fields)) {
        const inner = canonical(field.shape, value[name]);
        if (inner !== undefined) fields[name] = inner;
      }
      return isZero(fields) ? undefined : sortedFields(fields);
    }
  }
}

function sortedFields(fields: Readonly<Record<string, Value>>): Value {
  return Object.fromEntries(Object.entries(fields).sort(([a], [b]) => (a < b ? -1 : 1)));
}
