import type { DiffKind, DiffResult } from "../../plugin/resource.ts";
import { UNKNOWN, isList, isProperties } from "../../plugin/values.ts";
import type { Properties, Value } from "../../plugin/values.ts";
import { DEFAULTS, canonText, isAbsent, isSame } from "./canon.ts";
import { isMissingList, planOutputs } from "./plan.ts";
import type { AnyTable, Shape } from "./shape.ts";

export interface Comparison {
  /** Outputs of the state. */
  readonly olds: Properties;
  /** Checked inputs. */
  readonly news: Properties;
  /**
   * Paths whose changes do not count.
   * @default none
   */
  readonly ignoreChanges?: readonly string[] | undefined;
  /** Whether a replacement, if there is one, must delete the old object first. */
  readonly deleteBeforeReplace: boolean;
}

/**
 * Compares a state with new inputs, property by property, as the table says.
 *
 * The detailed diff names what changed as narrowly as the official provider does: an element of a
 * list by its index, a field of a block, a key of a map; a set by its elements where the program
 * has set all fields of all of them, or else as a whole.
 */
export function diffOutputs(
  table: AnyTable,
  { olds, news, ignoreChanges = [], deleteBeforeReplace }: Comparison,
): DiffResult {
  const planned = planOutputs(table, news, olds);
  const detailedDiff: Record<string, DiffKind> = {};
  const diffs: string[] = [];
  const replaces: string[] = [];
  for (const name of Object.keys(table).sort()) {
    const property = table[name];
    if (property === undefined) continue;
    const changes = changesOf(property, name, olds[name], planned[name], news[name]).filter(
      ({ path }) => !ignoreChanges.some((ignored) => covers(ignored, path)),
    );
    if (changes.length === 0) continue;
    diffs.push(name);
    for (const { path, kind } of changes) {
      const isReplacement = property.change === "replace";
      detailedDiff[path] = isReplacement ? `${kind}_REPLACE` : kind;
      // One entry for each path: the official provider repeats the name.
      if (isReplacement) replaces.push(name);
    }
  }
  return {
    changed: diffs.length > 0,
    detailedDiff,
    diffs,
    replaces,
    stables: Object.keys(table)
      .filter((name) => table[name]?.change === "replace" && !replaces.includes(name))
      .sort(),
    deleteBeforeReplace: deleteBeforeReplace && replaces.length > 0,
  };
}

/** True if a path of ignoreChanges names the changed path or something around it. */
function covers(ignored: string, path: string): boolean {
  return (
    ignored === "*" ||
    ignored === path ||
    path.startsWith(`${ignored}.`) ||
    path.startsWith(`${ignored}[`)
  );
}

interface Change {
  readonly path: string;
  readonly kind: "ADD" | "DELETE" | "UPDATE";
}

function changesOf(
  property: AnyTable[string],
  path: string,
  old: Value | undefined,
  planned: Value | undefined,
  input: Value | undefined,
): readonly Change[] {
  const isComputed = property.computed ?? property.change === "output";
  if (isComputed && isAbsent(input) && isMissingList(property.shape, old))
    return [{ path, kind: "ADD" }];
  return compare(property.shape, path, old, planned, input);
}

function compare(
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
