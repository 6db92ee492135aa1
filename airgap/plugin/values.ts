import struct from "google-protobuf/google/protobuf/struct_pb.js";

/** A property value as resources see it: plain JSON, where {@link UNKNOWN} stands for "known later". */
export type Value = null | boolean | number | string | readonly Value[] | Properties;

/** A set of named property values, such as the inputs or the outputs of a resource. */
export interface Properties {
  readonly [name: string]: Value;
}

/**
 * The engine's sentinel for a value that only the real run will know. It may come in with any input
 * of a preview, and may go out in the outputs of a preview, never in those of a real run.
 */
export const UNKNOWN = "04da6b54-80e4-46f7-96ec-b56ff0331ba9";

/** True if the value is the unknown sentinel, or contains it somewhere. */
export function containsUnknown(value: Value | undefined): boolean {
  if (value === UNKNOWN) return true;
  if (isList(value)) return value.some(containsUnknown);
  return isProperties(value) && Object.values(value).some(containsUnknown);
}

/** Marks an output as secret. The engine encrypts it in the state and hides it in its displays. */
export function secret(value: Value): Value {
  return { [SIGNATURE]: SECRET, value };
}

/** True for a list. TypeScript's own `Array.isArray` forgets the element type of a readonly array. */
export function isList(value: Value | undefined): value is readonly Value[] {
  return Array.isArray(value);
}

/** True for a set of named values: neither null, nor a list, nor a scalar. */
export function isProperties(value: Value | undefined): value is Properties {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/**
 * Turns what the engine sent into plain values. Secrets and outputs are unwrapped (the engine marks
 * the outputs of the same names again by itself); an output without a value becomes
 * {@link UNKNOWN}. An absent message is an empty set.
 */
export function fromStruct(message: struct.Struct | undefined): Properties {
  return message === undefined ? {} : (unwrap(fieldsOf(message)) as Properties);
}

/** Turns plain values into the engine's form. A field that is `undefined` is left out. */
export function toStruct(properties: Readonly<Record<string, Value | undefined>>): struct.Struct {
  const message = new struct.Struct();
  for (const [name, value] of Object.entries(properties)) {
    if (value !== undefined) message.getFieldsMap().set(name, toMessage(value));
  }
  return message;
}

const SIGNATURE = "4dabf18193072939515e22adb298388d";
const SECRET = "1b47061264138c4ac30d75fd1eb44270";
const OUTPUT = "d0e6a833031e9bbcd3f4e8bde6ca49a4";

function fieldsOf(message: struct.Struct): Properties {
  const fields: [string, Value][] = [];
  message.getFieldsMap().forEach((value, name) => fields.push([name, fromMessage(value)]));
  return Object.fromEntries(fields);
}

function fromMessage(message: struct.Value): Value {
  switch (message.getKindCase()) {
    case struct.Value.KindCase.BOOL_VALUE:
      return message.getBoolValue();
    case struct.Value.KindCase.NUMBER_VALUE:
      return message.getNumberValue();
    case struct.Value.KindCase.STRING_VALUE:
      return message.getStringValue();
    case struct.Value.KindCase.LIST_VALUE:
      return (message.getListValue()?.getValuesList() ?? []).map(fromMessage);
    case struct.Value.KindCase.STRUCT_VALUE: {
      const inner = message.getStructValue();
      return inner === undefined ? {} : fieldsOf(inner);
    }
    default:
      return null;
  }
}

function unwrap(value: Value): Value {
  if (isList(value)) return value.map(unwrap);
  if (!isProperties(value)) return value;
  const signature = value[SIGNATURE];
  if (signature === SECRET || signature === OUTPUT) {
    const inner = value["value"];
    return inner === undefined ? (signature === OUTPUT ? UNKNOWN : null) : unwrap(inner);
  }
  return Object.fromEntries(Object.entries(value).map(([name, inner]) => [name, unwrap(inner)]));
}

function toMessage(value: Value): struct.Value {
  const message = new struct.Value();
  if (value === null) return message.setNullValue(struct.NullValue.NULL_VALUE);
  if (typeof value === "boolean") return message.setBoolValue(value);
  if (typeof value === "number") return message.setNumberValue(value);
  if (typeof value === "string") return message.setStringValue(value);
  if (isList(value)) {
    return message.setListValue(new struct.ListValue().setValuesList(value.map(toMessage)));
  }
  return message.setStructValue(toStruct(value));
}
