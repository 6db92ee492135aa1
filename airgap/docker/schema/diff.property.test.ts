import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { UNKNOWN } from "../../plugin/values.ts";
import type { Properties, Value } from "../../plugin/values.ts";
import { CONTAINER } from "../container/table.ts";
import { NETWORK } from "../network-table.ts";
import { VOLUME } from "../volume-table.ts";
import { DEFAULTS, isSame, isZero } from "./canon.ts";
import { diffOutputs } from "./diff.ts";
import { planOutputs, withoutUnknowns } from "./plan.ts";
import { refreshedInputs } from "./refresh.ts";
import type { AnyTable, Shape, Table } from "./shape.ts";

/** Values of a shape; its lists, sets and maps may be empty. */
function valueOf(shape: Shape): fc.Arbitrary<Value> {
  const text = fc.string({ minLength: 1, maxLength: 5 });
  switch (shape.kind) {
    case "string":
      return text;
    case "int":
      return fc.integer({ min: 1, max: 1_000 });
    case "bool":
      return fc.boolean();
    case "map":
      return fc.dictionary(text, text, { maxKeys: 3, noNullPrototype: true });
    case "list":
      return fc.array(valueOf(shape.of), { maxLength: 3 });
    case "set":
      return fc.uniqueArray(valueOf(shape.of), {
        maxLength: 3,
        comparator: (a, b) => isSame(shape.of, a, b),
      });
    case "block": {
      const fields = Object.entries(shape.fields).map(
        ([name, field]) => [name, valueOf(field.shape)] as const,
      );
      const requiredKeys = Object.entries(shape.fields).flatMap(([name, { required }]) =>
        required ? [name] : [],
      );
      return fc.record(Object.fromEntries(fields), { requiredKeys, noNullPrototype: true });
    }
  }
}

/** Inputs of a resource: some of its properties, and all required ones. */
function inputsOf(table: AnyTable): fc.Arbitrary<Properties> {
  const inputs = Object.entries(table).filter(([, { change }]) => change !== "output");
  const fields = inputs.map(([name, { shape }]) => [name, valueOf(shape)] as const);
  const requiredKeys = inputs.flatMap(([name, { required }]) => (required ? [name] : []));
  return fc.record(Object.fromEntries(fields), { requiredKeys, noNullPrototype: true });
}

/** The state of an object that was made from these inputs, as if the engine had nothing to add. */
function stateFrom(table: AnyTable, inputs: Properties): Properties {
  const planned = planOutputs(table, inputs);
  const lists = Object.entries(table)
    .filter(([name, { shape }]) => shape.kind === "list" && planned[name] === UNKNOWN)
    .map(([name]) => [name, []] as const);
  return withoutUnknowns(table, { ...planned, ...Object.fromEntries(lists) });
}

function diff(
  table: AnyTable,
  state: Properties,
  news: Properties,
  ignoreChanges: readonly string[] = [],
) {
  return diffOutputs(table, { olds: state, news, ignoreChanges, deleteBeforeReplace: true });
}

const TABLES: readonly [string, AnyTable][] = [
  ["container", CONTAINER],
  ["network", NETWORK],
  ["volume", VOLUME],
];

describe.each(TABLES)("the diff of a %s", (_name, table) => {
  const replacing = Object.keys(table).filter((name) => table[name]?.change === "replace");
  const inPlace = Object.keys(table).filter((name) =>
    ["update", "state", "inert"].includes(table[name]?.change ?? ""),
  );

  test("is none between the state and the inputs that it was made from", () => {
    fc.assert(
      fc.property(inputsOf(table), (inputs) => {
        const result = diff(table, stateFrom(table, inputs), inputs);
        expect(result).toEqual({
          changed: false,
          detailedDiff: {},
          diffs: [],
          replaces: [],
          stables: [...replacing].sort(),
          deleteBeforeReplace: false,
        });
      }),
    );
  });

  test("is none when only the elements of sets stand in another order", () => {
    fc.assert(
      fc.property(inputsOf(table), (inputs) => {
        const turned = Object.fromEntries(
          Object.entries(inputs).map(([name, value]) => [
            name,
            table[name]?.shape.kind === "set" && Array.isArray(value)
              ? (value as Value[]).toReversed()
              : value,
          ]),
        );
        expect(diff(table, stateFrom(table, inputs), turned).changed).toBe(false);
      }),
    );
  });

  test.each(replacing)("names %s, and nothing else, when it changes, and replaces", (name) => {
    const shape = table[name]?.shape ?? { kind: "string" };
    fc.assert(
      fc.property(inputsOf(table), valueOf(shape), valueOf(shape), (inputs, before, after) => {
        fc.pre(!isSame(shape, before, after) && !isZero(after));
        const result = diff(table, stateFrom(table, { ...inputs, [name]: before }), {
          ...inputs,
          [name]: after,
        });
        expect(result.diffs).toEqual([name]);
        expect(new Set(result.replaces)).toEqual(new Set([name]));
        expect(result.stables).not.toContain(name);
        expect(result.deleteBeforeReplace).toBe(true);
        for (const [path, kind] of Object.entries(result.detailedDiff ?? {})) {
          expect(path.startsWith(name)).toBe(true);
          expect(kind.endsWith("_REPLACE")).toBe(true);
        }
      }),
      { numRuns: 30 },
    );
  });

  test.each(inPlace)("names %s when it changes, and does not replace", (name) => {
    const shape = table[name]?.shape ?? { kind: "string" };
    fc.assert(
      fc.property(inputsOf(table), valueOf(shape), valueOf(shape), (inputs, before, after) => {
        fc.pre(!isSame(shape, before, after) && !isZero(after));
        const state = stateFrom(table, { ...inputs, [name]: before });
        const result = diff(table, state, { ...inputs, [name]: after });
        expect([result.diffs, result.replaces]).toEqual([[name], []]);
        expect(diff(table, state, { ...inputs, [name]: after }, [name]).changed).toBe(false);
      }),
      { numRuns: 30 },
    );
  });

  test("leaves the inputs as they are in a refresh of an unchanged object", () => {
    fc.assert(
      fc.property(inputsOf(table), (inputs) => {
        const refreshed = refreshedInputs(
          table as Table<never, never>,
          { ...inputs, [DEFAULTS]: [] },
          stateFrom(table, inputs),
        );
        for (const [name, { shape }] of Object.entries(table)) {
          expect(isSame(shape, refreshed[name], inputs[name])).toBe(true);
        }
      }),
    );
  });
});
