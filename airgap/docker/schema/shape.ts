import type { Value } from "../../plugin/values.ts";

/** The form of a value: a scalar, a map of strings, a list, a set, or a block of named fields. */
export type Shape =
  | (Scalar & { readonly kind: "string" | "int" | "bool" })
  | { readonly kind: "map" }
  /** Elements in an order that counts. */
  | { readonly kind: "list"; readonly of: Shape }
  /** Elements in no order: another order of the same ones is no change. */
  | { readonly kind: "set"; readonly of: Shape }
  | { readonly kind: "block"; readonly fields: Readonly<Record<string, Field>> };

export interface Scalar {
  /**
   * The form in which values are compared, for those that can be written in several ways.
   * @default the value itself
   */
  readonly canon?: (value: Value) => Value;
  /**
   * Says what is wrong with a value of the right type, or answers undefined.
   * @default every value is right
   */
  readonly check?: (value: Value) => string | undefined;
}

export interface Field {
  readonly shape: Shape;
  readonly required?: true;
  /** Filled in when the program leaves the field out. */
  readonly default?: Value;
  /** The engine fills it in when the program leaves it out; then any value is right. */
  readonly computed?: true;
}

/**
 * What a changed value does:
 * - `replace`: the object must be made anew;
 * - `update`: the engine changes the object in place;
 * - `state`: only the provider looks at it, the engine does not know it;
 * - `inert`: it is shown as an update, as the official provider does, but the engine keeps the old
 *   value until the object is replaced; `replaceOnChanges` in the program makes it so;
 * - `output`: it is no input at all.
 */
export type Change = "replace" | "update" | "state" | "inert" | "output";

/**
 * One property of a resource: everything that is known about it, in one place. From a table of
 * these follow the defaults of Check, the planned outputs, Diff, what Read answers, and the request
 * that creates the object.
 *
 * @typeParam Spec the request that creates the object
 * @typeParam Live the object as the engine describes it
 */
export interface Property<Spec, Live> extends Field {
  readonly change: Change;
  /**
   * The program's silence keeps what is there, although the engine does not fill it in: the value
   * comes from the image.
   */
  readonly keptWhenAbsent?: true;
  /** Puts a value (not absent, not empty) into the request. Throws ResourceError if it cannot be. */
  readonly write?: (spec: Spec, value: Value) => void;
  /**
   * Reads the value from the live object.
   * @param known the value of the state or of the plan; null if there is none
   * @default the known value is kept: the engine's answer does not count
   */
  readonly read?: (live: Live, known: Value) => Value;
}

export type Table<Spec, Live> = Readonly<Record<string, Property<Spec, Live>>>;

/** A table of which only the shape matters. */
export type AnyTable = Readonly<Record<string, Omit<Property<never, never>, "read" | "write">>>;

export const STRING = { kind: "string" } as const satisfies Shape;
export const INT = { kind: "int" } as const satisfies Shape;
export const BOOL = { kind: "bool" } as const satisfies Shape;
export const MAP = { kind: "map" } as const satisfies Shape;
export const STRINGS = { kind: "list", of: STRING } as const satisfies Shape;
export const STRING_SET = { kind: "set", of: STRING } as const satisfies Shape;

export function block(fields: Readonly<Record<string, Field>>) {
  return { kind: "block", fields } as const satisfies Shape;
}

export function listOf(fields: Readonly<Record<string, Field>>) {
  return { kind: "list", of: block(fields) } as const satisfies Shape;
}

export function setOf(fields: Readonly<Record<string, Field>>) {
  return { kind: "set", of: block(fields) } as const satisfies Shape;
}

export function required(shape: Shape): Field {
  return { shape, required: true };
}

export function optional(shape: Shape): Field {
  return { shape };
}

export function withDefault(shape: Shape, value: Value): Field {
  return { shape, default: value };
}
