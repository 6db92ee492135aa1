import type { CheckFailure } from "../../plugin/resource.ts";
import { UNKNOWN, isList, isProperties } from "../../plugin/values.ts";
import type { Properties, Value } from "../../plugin/values.ts";
import { DEFAULTS, isZero } from "./canon.ts";
import type { AnyTable, Field, Shape } from "./shape.ts";

export interface Checked {
  readonly inputs: Properties;
  readonly failures: readonly CheckFailure[];
}

/**
 * Completes the inputs of a program with the defaults of a table, and collects all that is wrong.
 *
 * As in the official provider, each block lists the names of its defaults in `__defaults`, so that
 * a state can move from one provider to the other; a default that was filled in before keeps its
 * value; and a default that is zero (false, 0) is not written down.
 *
 * @param news inputs of the program
 * @param olds inputs of the state, empty for a new resource
 */
export function checkInputs(table: AnyTable, news: Properties, olds: Properties): Checked {
  const failures: CheckFailure[] = [];
  const fields = Object.fromEntries(
    Object.entries(table).filter(([, property]) => property.change !== "output"),
  );
  const inputs = checkFields(fields, news, olds, "", failures);
  return { inputs, failures };
}

function checkFields(
  fields: Readonly<Record<string, Field>>,
  news: Properties,
  olds: Properties,
  path: string,
  failures: CheckFailure[],
): Properties {
  const checked: Record<string, Value> = {};
  for (const [name, value] of Object.entries(news)) {
    if (value === null || name === DEFAULTS) continue;
    const field = fields[name];
    const property = path + name;
    if (field === undefined) {
      const known = Object.keys(fields).join(", ");
      failures.push({ property, reason: `there is no property ${property}; there are ${known}` });
      continue;
    }
    checked[name] = checkValue(field.shape, value, property, failures);
  }
  const oldDefaults = isList(olds[DEFAULTS]) ? olds[DEFAULTS] : [];
  const defaults: string[] = [];
  for (const [name, field] of Object.entries(fields)) {
    if (checked[name] !== undefined) continue;
    if (field.required) {
      failures.push({
        property: path + name,
        reason: `${path}${name} is required, but is not set`,
      });
    }
    if (field.default === undefined || isZero(field.default)) continue;
    checked[name] = (oldDefaults.includes(name) ? olds[name] : undefined) ?? field.default;
    defaults.push(name);
  }
  return { ...checked, [DEFAULTS]: defaults.sort() };
}

function checkValue(shape: Shape, value: Value, path: string, failures: CheckFailure[]): Value {
  // What is not known yet is looked at in the real run.
  if (value === UNKNOWN) return value;
  const wrongType = (wanted: string): Value => {
    failures.push({ property: path, reason: `${path} is ${JSON.stringify(value)}, not ${wanted}` });
    return value;
  };
  switch (shape.kind) {
    case "string":
      if (typeof value !== "string") return wrongType("a text");
      break;
    case "int":
      if (!Number.isInteger(value)) return wrongType("a whole number");
      break;
    case "bool":
      if (typeof value !== "boolean") return wrongType("true or false");
      break;
    case "map":
      return isProperties(value) ? checkMap(value, path, failures) : wrongType("a map of texts");
    case "list":
    case "set":
      if (!isList(value)) return wrongType("a list");
      return value.map((element, i) => checkValue(shape.of, element, `${path}[${i}]`, failures));
    case "block":
      if (!isProperties(value)) return wrongType("a set of named values");
      return checkFields(shape.fields, value, {}, `${path}.`, failures);
  }
  const reason = shape.check?.(value);
  if (reason !== undefined) failures.push({ property: path, reason: `${path}: ${reason}` });
  return value;
}

function checkMap(map: Properties, path: string, failures: CheckFailure[]): Properties {
  for (const [name, value] of Object.entries(map)) {
    if (typeof value === "object") {
      failures.push({ property: `${path}.${name}`, reason: `${path}.${name} is not a text` });
    }
  }
  return map;
}
