import fc from "fast-check";
import struct from "google-protobuf/google/protobuf/struct_pb.js";
import { describe, expect, test } from "vitest";
import { UNKNOWN, containsUnknown, fromStruct, secret, toStruct } from "./values.ts";
import type { Properties, Value } from "./values.ts";

const SIGNATURE = "4dabf18193072939515e22adb298388d";

/** Any JSON value whose numbers survive the wire (doubles, no NaN, no infinities, no -0). */
const anyValue = fc
  .jsonValue({ maxDepth: 4 })
  .map((value) => JSON.parse(JSON.stringify(value)) as Value);
const anyProperties = fc.dictionary(fc.string(), anyValue, { noNullPrototype: true });

describe("values", () => {
  test("come back from the wire as they went out", () => {
    fc.assert(
      fc.property(anyProperties, (properties) => {
        const bytes = toStruct(properties).serializeBinary();
        expect(fromStruct(struct.Struct.deserializeBinary(bytes))).toEqual(properties);
      }),
    );
  });

  test("leave out undefined fields and keep null ones", () => {
    expect(fromStruct(toStruct({ gone: undefined, kept: null }))).toEqual({ kept: null });
  });

  test.each<[string, Value, Value]>([
    ["a secret", secret({ password: "p" }), { password: "p" }],
    ["a secret in a list", [secret("p")], ["p"]],
    ["a secret in a secret", secret(secret(1)), 1],
    ["an output", { [SIGNATURE]: "d0e6a833031e9bbcd3f4e8bde6ca49a4", value: [1] }, [1]],
    ["an output not known yet", { [SIGNATURE]: "d0e6a833031e9bbcd3f4e8bde6ca49a4" }, UNKNOWN],
    [
      "an asset, which stays as it is",
      { [SIGNATURE]: "c44067f5952c0a294b673a41bacd8c17", text: "t" },
      { [SIGNATURE]: "c44067f5952c0a294b673a41bacd8c17", text: "t" },
    ],
  ])("unwrap %s", (_name, wire, plain) => {
    expect(fromStruct(toStruct({ value: wire }))).toEqual({ value: plain });
  });

  test.each<[Value, boolean]>([
    [UNKNOWN, true],
    [[{ deep: [UNKNOWN] }], true],
    [{ a: "b", c: [null, 1] }, false],
    [null, false],
  ])("containsUnknown(%j) is %j", (value, expected) => {
    expect(containsUnknown(value)).toBe(expected);
  });

  test("an absent message is an empty set", () => {
    expect(fromStruct(undefined)).toEqual({} satisfies Properties);
  });
});
