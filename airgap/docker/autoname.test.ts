import { describe, expect, test } from "vitest";
import type { Autonaming, CheckRequest } from "../plugin/resource.ts";
import type { Properties } from "../plugin/values.ts";
import { checkNamed, isNameFixed } from "./autoname.ts";
import { STRING } from "./schema/shape.ts";
import { fakeCall } from "./testing/fake-engine.ts";

const TABLE = { name: { shape: STRING, change: "replace", required: true } } as const;

function request(news: Properties, more: Partial<CheckRequest> = {}): CheckRequest {
  return {
    news,
    olds: {},
    oldOutputs: {},
    randomSeed: new Uint8Array(),
    autonaming: undefined,
    ...more,
  };
}

describe("checkNamed", () => {
  test("leaves a name alone", () => {
    expect(checkNamed(TABLE, request({ name: "x" }), fakeCall()).inputs).toEqual({
      name: "x",
      __defaults: [],
    });
  });

  test("makes one up from the logical name, the same one for the same seed", () => {
    const seed = new Uint8Array([1, 2, 3]);
    const [one, other] = [1, 2].map(
      () => checkNamed(TABLE, request({}, { randomSeed: seed }), fakeCall()).inputs,
    );
    expect(one?.["name"]).toMatch(/^c-[0-9a-f]{7}$/);
    expect(one?.["__defaults"]).toEqual(["name"]);
    expect(other).toEqual(one);
    expect(checkNamed(TABLE, request({}), fakeCall()).inputs["name"]).not.toBe(one?.["name"]);
  });

  test("keeps the name that it has", () => {
    const { inputs } = checkNamed(TABLE, request({}, { olds: { name: "c-0000000" } }), fakeCall());
    expect(inputs).toEqual({ name: "c-0000000", __defaults: ["name"] });
  });

  test.each<[Autonaming, string]>([
    [{ mode: "enforce", proposedName: "given" }, "given"],
    [{ mode: "propose", proposedName: "wished" }, "wished"],
  ])("follows the stack's configuration: %j", (autonaming, name) => {
    expect(checkNamed(TABLE, request({}, { autonaming }), fakeCall()).inputs["name"]).toBe(name);
  });

  test("refuses where the configuration switches names off", () => {
    const check = () =>
      checkNamed(TABLE, request({}, { autonaming: { mode: "disable" } }), fakeCall());
    expect(check).toThrow(
      "c has no name, and the configuration pulumi:autonaming forbids to make one up",
    );
  });
});

test.each<[Properties, Properties, boolean]>([
  [{ name: "a", __defaults: [] }, { name: "a", __defaults: [] }, true],
  [{ name: "a", __defaults: [] }, { name: "b", __defaults: [] }, false],
  [{ name: "a", __defaults: ["name"] }, { name: "a", __defaults: ["name"] }, false],
  [{ name: "a", __defaults: [] }, { name: "a", __defaults: ["name"] }, false],
])("the name of %j and %j is fixed: %j", (olds, news, fixed) => {
  expect(isNameFixed(olds, news)).toBe(fixed);
});
