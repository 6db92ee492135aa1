import type { Value } from "../../plugin/values.ts";
import { formatDuration, parseDuration } from "../duration.ts";
import { INT, STRING } from "./shape.ts";
import type { Shape } from "./shape.ts";

/** A whole number that must not be less than `least`. */
export function intFrom(least: number): Shape {
  return {
    ...INT,
    check: (value) =>
      Number(value) < least ? `'${text(value)}' cannot be lower than ${least}` : undefined,
  };
}

/** A text that must match a pattern. */
export function matching(pattern: RegExp): Shape {
  return {
    ...STRING,
    check: (value) =>
      pattern.test(text(value))
        ? undefined
        : `'${text(value)}' doesn't match the pattern '${pattern.source}'`,
  };
}

/** A duration in Go's notation; `60s` and `1m0s` are the same, and so are `0s` and nothing. */
export const DURATION: Shape = {
  ...STRING,
  canon: (value) => {
    const nanoseconds = parseDuration(text(value));
    if (nanoseconds === undefined) return value;
    return nanoseconds === 0 ? "" : formatDuration(nanoseconds);
  },
  check: (value) => {
    const nanoseconds = parseDuration(text(value));
    if (nanoseconds === undefined) return `'${text(value)}' is not a valid duration`;
    return nanoseconds < 0 ? `'${text(value)}' must not be negative` : undefined;
  },
};

/** A decimal number in a text; `0.50` and `0.5` are the same. */
export const DECIMAL: Shape = {
  ...STRING,
  canon: (value) => (/^\d+(\.\d+)?$/.test(text(value)) ? String(Number(value)) : value),
};

function text(value: Value): string {
  return typeof value === "string" ? value : JSON.stringify(value);
}
