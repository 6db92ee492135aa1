import type { Json } from "./recording.ts";

/**
 * The outputs of the `random` provider that are drawn, and what a drawn value must have in common
 * with the recorded one.
 */
const DRAWN: Readonly<Record<string, (recorded: string, actual: string) => boolean>> = {
  bcryptHash: (_recorded, actual) => /^\$2[aby]\$10\$[./A-Za-z0-9]{53}$/.test(actual),
  b64Std: hasSameLength,
  b64Url: hasSameLength,
  hex: hasSameLength,
  dec: (recorded, actual) => recorded.replace(/\d+$/, "") === actual.replace(/\d+$/, ""),
  result: (recorded, actual) =>
    recorded.length === actual.length && classes(actual) <= classes(recorded) + 1,
  id: isSameSortOfId,
};

/**
 * True if both values were drawn at random, in the same way.
 *
 * @param path such as `properties.result` or `properties.result.value` (a secret)
 */
export function isDrawnAlike(
  path: string,
  recorded: Json | undefined,
  actual: Json | undefined,
): boolean {
  const name =
    path
      .replace(/\.value$/, "")
      .split(".")
      .at(-1) ?? "";
  if (typeof recorded === "number") return name === "result" && Number.isInteger(actual);
  const alike = DRAWN[name];
  if (typeof recorded !== "string" || typeof actual !== "string") return false;
  return alike?.(recorded, actual) ?? false;
}

function hasSameLength(recorded: string, actual: string): boolean {
  return recorded.length === actual.length;
}

/** An id is the drawn text itself, a number, or a name of as many words. */
function isSameSortOfId(recorded: string, actual: string): boolean {
  // A password keeps its value out of its id.
  if (recorded === "none") return actual === "none";
  if (/^\d+$/.test(recorded)) return /^\d+$/.test(actual);
  if (/^[a-z]+(-[a-z]+)+$/.test(recorded)) {
    return (
      /^[a-z]+(-[a-z]+)+$/.test(actual) && recorded.split("-").length === actual.split("-").length
    );
  }
  return hasSameLength(recorded, actual);
}

/** How many sorts of characters a text has: small, capital, digits, others. */
function classes(text: string): number {
  return [/[a-z]/, /[A-Z]/, /\d/, /[^A-Za-z\d]/].filter((pattern) => pattern.test(text)).length;
}
