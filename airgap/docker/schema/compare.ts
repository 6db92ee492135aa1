import { UNKNOWN, isList, isProperties } from "../../plugin/values.ts";
import type { Properties, Value } from "../../plugin/values.ts";
import { DEFAULTS, canonText, isAbsent, isSame } from "./canon.ts";
import type { Shape } from "./shape.ts";

/** One difference between a state and what is planned. */
export interface Change {
  /** Such as `ports[0].external`. */
  readonly path: string;
  readonly kind: "ADD" | "DELETE" | "UPDATE";
}

/**
 * Compares two values of a shape.
 *
 * @param input what the program has set, which decides how narrowly a set is compared
 * @returns what differs, as narrowly as it can be said; nothing if they mean the same
 */
export function compare(
  shape: Shape,
  path: string,
  old: Value | undefined,
  planned: Value | undefined,
  input: Value | undefined,
): readonly Change[] {
  if (isSame(shape, old, planned)) return [];
  if (isAbsent(old)) return [{ path, kind: "ADD" }];
  if (isAbsent(planned)) return [{ path, kind: "DELETE" }];
  const whole: readonly Change[] = [{ path, kind: "UPDATE" }];
  switch (shape.kind) {
    case "list":
      if (!isList(old) || !isList(planned)) return whole;
      return compareLists(shape.of, path, old, planned, isList(input) ? input : []);
    case "set":
      if (!isList(old) || !isList(planned)) return whole;
      if (!isList(input) || !input.every((element) => isComplete(shape.of, element))) return whole;
      return compareSets(shape.of, path, old, input);
    case "block":
      if (!isProperties(old) || !isProperties(planned)) return whole;
      return Object.entries(shape.fields).flatMap(([name, field]) =>
        compare(
          field.shape,
          `${path}.${name}`,
          old[name],
          planned[name],
          isProperties(input) ? input[name] : undefined,
        ),
      );
    case "map":
      return isProperties(old) && isProperties(planned) ? compareMaps(path, old, planned) : whole;
    default:
      return whole;
  }
}

function compareLists(
  of: Shape,
  path: string,
  olds: readonly Value[],
  planned: readonly Value[],
  inputs: readonly Value[],
): readonly Change[] {
  const length = Math.max(olds.length, planned.length);
  return Array.from({ length }, (_, i) => i).flatMap((i): readonly Change[] => {
    if (i >= olds.length) return [{ path: `${path}[${i}]`, kind: "ADD" }];
    if (i >= planned.length) return [{ path: `${path}[${i}]`, kind: "DELETE" }];
    return compare(of, `${path}[${i}]`, olds[i], planned[i], inputs[i]);
  });
}

/** Elements that are on both sides do not count; the others are paired by their index. */
function compareSets(
  of: Shape,
  path: string,
  olds: readonly Value[],
  news: readonly Value[],
): readonly Change[] {
  const [oldKeys, newKeys] = [olds, news].map((side) =>
    side.map((element) => canonText(of, element)),
  );
  const changes: Change[] = [];
  for (let i = 0; i < Math.max(olds.length, news.length); i++) {
    const [oldKey, newKey] = [oldKeys?.[i], newKeys?.[i]];
    const isGone = oldKey !== undefined && !newKeys?.includes(oldKey);
    const isNew = newKey !== undefined && !oldKeys?.includes(newKey);
    const element = `${path}[${i}]`;
    if (isGone && isNew) changes.push(...compare(of, element, olds[i], news[i], news[i]));
    else if (isGone) changes.push({ path: element, kind: "DELETE" });
    else if (isNew) changes.push({ path: element, kind: "ADD" });
  }
  return changes;
}

function compareMaps(path: string, olds: Properties, news: Properties): readonly Change[] {
  const names = [...new Set([...Object.keys(olds), ...Object.keys(news)])].sort();
  return names.flatMap((name): readonly Change[] => {
    if (olds[name] === news[name]) return [];
    const key = /^[A-Za-z_]\w*$/.test(name)
      ? `${path}.${name}`
      : `${path}[${JSON.stringify(name)}]`;
    return [{ path: key, kind: !(name in olds) ? "ADD" : !(name in news) ? "DELETE" : "UPDATE" }];
  });
}

/** True if the program has set every field of an element, so that its plan holds no surprise. */
function isComplete(of: Shape, element: Value): boolean {
  if (element === UNKNOWN || of.kind !== "block") return true;
  return (
    isProperties(element) &&
    Object.keys(of.fields).every((name) => name !== DEFAULTS && element[name] !== undefined)
  );
}
