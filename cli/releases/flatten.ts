/** One setting of a nested value: its path, and its value as JSON. */
export type Flat = ReadonlyMap<string, string>;

/** What names an element of a list, in this order: an index would call everything changed when one is put before. */
const names: readonly ((element: Readonly<Record<string, unknown>>) => unknown)[] = [
  // The first replica goes by the service's name, so that a second one is something new and the first stays itself.
  ({ service, replica }) =>
    typeof service === "string" && typeof replica === "number" && replica > 1
      ? `${service}-${replica}`
      : service,
  ({ key }) => key,
  ({ part }) => part,
  ({ name }) => name,
];

/**
 * Turns a nested value into a map from path to value: `services.trading.memoryMb` → `512`. Elements of a list of objects
 * go by their names; a list of plain values is one value.
 */
export function flatten(value: unknown, path = ""): Flat {
  const children = childrenOf(value);
  if (children === null) return new Map([[path, JSON.stringify(value)]]);
  return new Map(
    children.flatMap(([key, child]) => [...flatten(child, path === "" ? key : `${path}.${key}`)]),
  );
}

/** @returns null where the value is shown as a whole */
function childrenOf(value: unknown): [string, unknown][] | null {
  if (typeof value !== "object" || value === null) return null;
  if (!Array.isArray(value)) {
    const entries = Object.entries(value);
    return entries.length === 0 ? null : entries;
  }
  const elements: unknown[] = value;
  if (elements.length === 0 || !elements.every(isObject)) return null;
  const named = names.map((name) => elements.map(name)).find(areNames);
  return elements.map((element, index) => [named?.[index] ?? String(index), element]);
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function areNames(values: readonly unknown[]): values is string[] {
  return (
    values.every((value) => typeof value === "string") && new Set(values).size === values.length
  );
}
