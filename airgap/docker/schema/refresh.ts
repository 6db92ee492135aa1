import { isList, isProperties } from "../../plugin/values.ts";
import type { Properties, Value } from "../../plugin/values.ts";
import { DEFAULTS, isSame, isZero } from "./canon.ts";
import { normalise } from "./plan.ts";
import type { Shape, Table } from "./shape.ts";

/**
 * The outputs after the engine has made an object: what it says of it, and the plan where it says
 * nothing or the same in other words.
 *
 * @param planned outputs as planned
 */
export function createdOutputs<Spec, Live>(
  table: Table<Spec, Live>,
  live: Live,
  planned: Properties,
): Properties {
  return readAll(table, live, planned, (shape, known, found) =>
    isScalar(shape) || !isSame(shape, known, found) ? found : known,
  );
}

/**
 * The outputs of a refresh: what the engine says now, in full.
 *
 * @param olds outputs of the state, empty for an import
 */
export function refreshedOutputs<Spec, Live>(
  table: Table<Spec, Live>,
  live: Live,
  olds: Properties,
): Properties {
  return readAll(table, live, olds, (shape, known, found) =>
    // A field that the engine does not tell about keeps its old value, if all it tells is the same.
    normalise(
      shape,
      !isScalar(shape) && !isZero(known) && isSame(shape, known, found) ? known : found,
      "typed",
    ),
  );
}

/**
 * The inputs of a refresh: the names of the old inputs with the values that the object has now, so
 * that the next diff shows what was changed by hand and nothing else. A default whose value has
 * changed is no default any more.
 *
 * For an import there are no old inputs: all inputs that are set are answered, except those that
 * the engine fills in by itself.
 */
export function refreshedInputs<Spec, Live>(
  table: Table<Spec, Live>,
  oldInputs: Properties,
  outputs: Properties,
): Properties {
  if (Object.keys(oldInputs).length === 0) return importedInputs(table, outputs);
  const inputs: Record<string, Value> = {};
  for (const [name, old] of Object.entries(oldInputs)) {
    const property = table[name];
    const found = outputs[name];
    if (property === undefined || found === undefined || found === null) continue;
    inputs[name] = restrict(property.shape, old, found);
  }
  return withDefaults(oldInputs, inputs);
}

function readAll<Spec, Live>(
  table: Table<Spec, Live>,
  live: Live,
  known: Properties,
  choose: (shape: Shape, known: Value, found: Value) => Value,
): Properties {
  const outputs: Record<string, Value> = {};
  for (const [name, property] of Object.entries(table)) {
    const before = known[name] ?? null;
    const found = property.read === undefined ? before : property.read(live, before);
    outputs[name] = choose(property.shape, before, found);
  }
  return outputs;
}

function isScalar(shape: Shape): boolean {
  return shape.kind === "string" || shape.kind === "int" || shape.kind === "bool";
}

/** Cuts a live value down to what the old input has: the same fields of the same elements. */
function restrict(shape: Shape, old: Value, found: Value): Value {
  if ((shape.kind === "list" || shape.kind === "set") && isList(old) && isList(found)) {
    const { of, kind } = shape;
    return found.map((element, i) => {
      const twin = kind === "set" ? old.find((one) => isSame(of, one, element)) : undefined;
      return restrict(of, twin ?? old[i] ?? null, element);
    });
  }
  if (shape.kind !== "block" || !isProperties(found)) return found;
  if (!isProperties(old)) {
    const set = Object.entries(found).filter(([, value]) => !isZero(value));
    return { ...Object.fromEntries(set), [DEFAULTS]: [] };
  }
  const fields: Record<string, Value> = {};
  for (const [name, inner] of Object.entries(old)) {
    const field = shape.fields[name];
    const value = found[name];
    if (field === undefined || value === undefined || value === null) continue;
    fields[name] = restrict(field.shape, inner, value);
  }
  return withDefaults(old, fields);
}

function withDefaults(old: Properties, fields: Properties): Properties {
  const names = isList(old[DEFAULTS]) ? old[DEFAULTS] : [];
  const kept = names.filter((name) => typeof name === "string" && old[name] === fields[name]);
  return { ...fields, [DEFAULTS]: kept };
}

function importedInputs<Spec, Live>(table: Table<Spec, Live>, outputs: Properties): Properties {
  const inputs: Record<string, Value> = {};
  const defaults: string[] = [];
  for (const [name, property] of Object.entries(table)) {
    const value = outputs[name] ?? property.default ?? null;
    if (property.change === "output" || property.computed || isZero(value)) continue;
    inputs[name] = restrict(property.shape, null, value);
    if (value === property.default) defaults.push(name);
  }
  return { ...inputs, [DEFAULTS]: defaults.sort() };
}
