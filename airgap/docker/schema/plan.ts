import { UNKNOWN, containsUnknown, isList, isProperties } from "../../plugin/values.ts";
import type { Properties, Value } from "../../plugin/values.ts";
import { canonText, isZero } from "./canon.ts";
import type { AnyTable, Field, Shape } from "./shape.ts";

/**
 * How fields of blocks that nobody set are written in outputs: null in the plan of a new object, 0
 * and false in everything that has been through the engine. The official provider makes this
 * difference, and so its states have it.
 */
export type Zeros = "null" | "typed";

/**
 * The outputs that inputs will lead to: what the preview shows, and what a failed creation leaves
 * in the state. Computed values are unknown for a new object, and stay as they are for an old one.
 *
 * @param prior outputs of the state; undefined for a new object
 */
export function planOutputs(table: AnyTable, inputs: Properties, prior?: Properties): Properties {
  const outputs: Record<string, Value> = {};
  const zeros: Zeros = prior === undefined ? "null" : "typed";
  for (const [name, property] of Object.entries(table)) {
    outputs[name] = planValue(property, inputs[name], prior?.[name], {
      zeros,
      isNew: prior === undefined,
    });
  }
  return { ...outputs, id: prior?.["id"] ?? UNKNOWN };
}

/** Replaces what is not known: outputs that go into a state must not contain the unknown value. */
export function withoutUnknowns(table: AnyTable, outputs: Properties): Properties {
  return Object.fromEntries(
    Object.entries(outputs).map(([name, value]) => {
      const shape = table[name]?.shape;
      if (!containsUnknown(value)) return [name, value];
      return [name, shape?.kind === "set" ? [] : value === UNKNOWN ? null : stripUnknown(value)];
    }),
  );
}

/** Writes a value the way outputs are written: all fields of blocks there, sets in a fixed order. */
export function normalise(shape: Shape, value: Value, zeros: Zeros, prior?: Value): Value {
  if (value === UNKNOWN || value === null) return value;
  switch (shape.kind) {
    case "list":
      if (!isList(value)) return value;
      return value.map((element, i) =>
        normalise(shape.of, element, zeros, isList(prior) ? prior[i] : undefined),
      );
    case "set":
      if (!isList(value)) return value;
      return sortedSet(
        shape.of,
        value.map((element) => normalise(shape.of, element, zeros)),
      );
    case "block":
      return isProperties(value)
        ? normaliseBlock(shape.fields, value, zeros, isProperties(prior) ? prior : undefined)
        : value;
    default:
      return value;
  }
}

interface Circumstances {
  readonly zeros: Zeros;
  readonly isNew: boolean;
}

function planValue(
  property: AnyTable[string],
  input: Value | undefined,
  prior: Value | undefined,
  { zeros, isNew }: Circumstances,
): Value {
  const { shape } = property;
  if (input !== undefined && input !== null) return normalise(shape, input, zeros, prior);
  if (property.default !== undefined) return property.default;
  const isComputed = property.computed ?? property.change === "output";
  if (isComputed) return isNew || isMissingList(shape, prior) ? UNKNOWN : (prior ?? null);
  if (!isNew && prior !== undefined && (property.keptWhenAbsent || isZero(prior))) return prior;
  return emptyOf(shape);
}

/**
 * A half-made object has no lists of computed values yet: they are still to come. An empty list, on
 * the other hand, is an answer. Single blocks and sets are never missing.
 */
export function isMissingList(shape: Shape, prior: Value | undefined): boolean {
  return shape.kind === "list" && (prior === undefined || prior === null);
}

/** What stands for "nothing" in outputs: an empty list where elements are blocks, or else null. */
function emptyOf(shape: Shape): Value {
  const isBlocks = (shape.kind === "list" || shape.kind === "set") && shape.of.kind === "block";
  return isBlocks ? [] : null;
}

function normaliseBlock(
  fields: Readonly<Record<string, Field>>,
  value: Properties,
  zeros: Zeros,
  prior: Properties | undefined,
): Properties {
  return Object.fromEntries(
    Object.entries(fields).map(([name, field]) => {
      const given = value[name];
      if (given !== undefined && given !== null)
        return [name, normalise(field.shape, given, zeros, prior?.[name])];
      if (field.computed) return [name, prior === undefined ? UNKNOWN : (prior[name] ?? null)];
      return [name, field.default ?? zeroOf(field.shape, zeros)];
    }),
  );
}

function zeroOf(shape: Shape, zeros: Zeros): Value {
  switch (shape.kind) {
    case "string":
      return "";
    case "int":
      return zeros === "typed" ? 0 : null;
    case "bool":
      return zeros === "typed" ? false : null;
    case "list":
    case "set":
      return [];
    default:
      return null;
  }
}

function sortedSet(of: Shape, elements: readonly Value[]): readonly Value[] {
  if (elements.some(containsUnknown)) return elements;
  const keyed = elements.map((element) => ({ key: canonText(of, element), element }));
  return keyed
    .sort((a, b) => (a.key < b.key ? -1 : a.key > b.key ? 1 : 0))
    .map(({ element }) => element);
}

function stripUnknown(value: Value): Value {
  if (value === UNKNOWN) return null;
  if (isList(value)) return value.map(stripUnknown);
  if (!isProperties(value)) return value;
  return Object.fromEntries(
    Object.entries(value).map(([name, inner]) => [name, stripUnknown(inner)]),
  );
}
