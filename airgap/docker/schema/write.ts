import { UNKNOWN } from "../../plugin/values.ts";
import type { Properties } from "../../plugin/values.ts";
import { isZero } from "./canon.ts";
import type { Change, Table } from "./shape.ts";

/**
 * Puts planned outputs into the request that makes (or changes) an object. Values that are absent,
 * empty or the engine's to choose are left out.
 *
 * @param changes only the properties of this kind
 * @default all of them
 */
export function writeSpec<Spec, Live>(
  table: Table<Spec, Live>,
  spec: Spec,
  planned: Properties,
  changes?: readonly Change[],
): void {
  for (const [name, property] of Object.entries(table)) {
    if (changes !== undefined && !changes.includes(property.change)) continue;
    const value = planned[name];
    if (value === undefined || value === UNKNOWN || isZero(value)) continue;
    property.write?.(spec, value);
  }
}
