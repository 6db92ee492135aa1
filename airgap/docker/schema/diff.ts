import type { DiffKind, DiffResult } from "../../plugin/resource.ts";
import type { Properties, Value } from "../../plugin/values.ts";
import { isAbsent } from "./canon.ts";
import { compare } from "./compare.ts";
import type { Change } from "./compare.ts";
import { isMissingList, planOutputs } from "./plan.ts";
import type { AnyTable } from "./shape.ts";

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
