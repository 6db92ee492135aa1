import { compare } from "bcryptjs";
import { describe, expect, it } from "vitest";
import type { Call, Resource } from "../plugin/resource.ts";
import { isProperties, secret, UNKNOWN } from "../plugin/values.ts";
import type { Properties, Value } from "../plugin/values.ts";
import { randomResources } from "./resources.ts";

function resource(type: string): Resource {
  const found = randomResources[`random:index/random${type}:Random${type}`];
  if (found === undefined) throw new Error(`no type ${type}`);
  return found;
}

const call: Call = {
  urn: "urn:pulumi:t::test::random:index/randomPassword:RandomPassword::p",
  type: "random:index/randomPassword:RandomPassword",
  name: "p",
  signal: new AbortController().signal,
  log: { debug() {}, info() {}, warning() {}, status() {} },
};

async function reasons(type: string, news: Properties): Promise<string[]> {
  const request = { olds: {}, news, oldOutputs: {}, randomSeed: new Uint8Array() };
  const result = await resource(type).check({ ...request, autonaming: undefined }, call);
  expect(result.inputs).toEqual(news);
  return (result.failures ?? []).map(({ reason }) => reason);
}

function create(type: string, inputs: Properties, preview = false) {
  return resource(type).create({ inputs, preview, timeoutMs: undefined }, call);
}

/** The value inside of a secret. */
function revealed(value: Value | undefined): string {
  if (!isProperties(value)) throw new Error("not a secret");
  const inner = value["value"];
  if (typeof inner !== "string") throw new Error("not a text");
  expect(secret(inner)).toEqual(value);
  return inner;
}

describe("random resources", () => {
  it("stores a password with its defaults, its value and hash as secrets, and no telling id", async () => {
    const { id, properties } = await create("Password", {
      length: 24,
      special: false,
      minUpper: 2,
    });
    expect(id).toBe("none");
    expect(properties).toMatchObject({
      id: "none",
      length: 24,
      lower: true,
      upper: true,
      special: false,
      number: true,
      numeric: true,
      minLower: 0,
      minUpper: 2,
      minNumeric: 0,
      minSpecial: 0,
      __meta: '{"schema_version":"3"}',
    });
    expect(properties).not.toHaveProperty("overrideSpecial");
    const password = revealed(properties["result"]);
    expect(password).toMatch(/^[A-Za-z0-9]{24}$/);
    const hash = revealed(properties["bcryptHash"]);
    expect(hash).toMatch(/^\$2a\$10\$/);
    expect(await compare(password, hash)).toBe(true);
  });

  it("takes a string's value as its id", async () => {
    const { id, properties } = await create("String", { length: 8, upper: false, special: false });
    expect(id).toMatch(/^[a-z0-9]{8}$/);
    expect(properties["result"]).toBe(id);
  });

  it("writes the same bytes in four forms, the prefix in front of each but the id", async () => {
    const { id, properties } = await create("Id", { byteLength: 6, prefix: "a-" });
    const bytes = Buffer.from(id, "base64url");
    expect(bytes).toHaveLength(6);
    expect(properties).toEqual({
      id,
      byteLength: 6,
      prefix: "a-",
      b64Std: `a-${bytes.toString("base64")}`,
      b64Url: `a-${id}`,
      hex: `a-${bytes.toString("hex")}`,
      dec: `a-${bytes.readUIntBE(0, 6)}`,
    });
  });

  it("draws uuids, pets and integers", async () => {
    const uuid = await create("Uuid", {});
    expect(uuid.properties).toEqual({ id: uuid.id, result: uuid.id });
    expect(uuid.id).toMatch(/^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/);
    const pet = await create("Pet", { prefix: "web" });
    expect(pet.properties).toEqual({ id: pet.id, length: 2, separator: "-", prefix: "web" });
    expect(pet.id).toMatch(/^web-[a-z]+-[a-z]+$/);
    const seen = new Set<string>();
    for (let round = 0; round < 200; round++) {
      const { id, properties } = await create("Integer", { min: -1, max: 1 });
      expect(properties).toEqual({ id, min: -1, max: 1, result: Number(id) });
      seen.add(id);
    }
    expect([...seen].sort()).toEqual(["-1", "0", "1"]);
  });

  it("previews with everything drawn unknown, and draws nothing", async () => {
    expect((await create("String", { length: UNKNOWN }, true)).properties).toMatchObject({
      id: UNKNOWN,
      result: UNKNOWN,
      length: UNKNOWN,
      minLower: 0,
    });
  });

  it.each<[string, Properties, Properties, string[]]>([
    ["nothing", { length: 8 }, { length: 8 }, []],
    ["a default written out", { length: 8 }, { length: 8, upper: true, number: true }, []],
    ["new keepers", { length: 8 }, { length: 8, keepers: { a: "1" } }, ["keepers"]],
    ["keepers without values", { length: 8 }, { length: 8, keepers: { a: null } }, []],
    ["keepers gone", { length: 8, keepers: { a: "1" } }, { length: 8 }, ["keepers"]],
    [
      "other keepers",
      { length: 8, keepers: { a: "1" } },
      { length: 8, keepers: { a: UNKNOWN } },
      ["keepers"],
    ],
    ["a length", { length: 8 }, { length: 9 }, ["length"]],
    ["numeric off", { length: 8 }, { length: 8, numeric: false }, ["number", "numeric"]],
  ])("replaces for a change of inputs only: %s", async (_, before, news, expected) => {
    const { id, properties } = await create("String", before);
    const result = await resource("String").diff(
      { id, olds: properties, oldInputs: before, news },
      call,
    );
    expect(result).toEqual({ changed: expected.length > 0, diffs: expected, replaces: expected });
  });

  it("reads a value back as it is, secrets marked again", async () => {
    const properties = { id: "none", length: 3, result: "abc", bcryptHash: "$2a$" };
    const read = await resource("Password").read(
      { id: "none", properties, inputs: { length: 3 } },
      call,
    );
    expect(read).toEqual({
      id: "none",
      inputs: { length: 3 },
      properties: { ...properties, result: secret("abc"), bcryptHash: secret("$2a$") },
    });
  });

  it.each<[string, Properties, RegExp]>([
    [
      "Password",
      { length: 0 },
      /length value must be at least 1, got: 0\. Examine values at 'p\.length'/,
    ],
    ["String", { length: 8, number: false, numeric: true }, /leave number out/],
    ["Id", { byteLength: 0 }, /byteLength value must be at least 1, got: 0/],
    ["Pet", { length: 0 }, /length value must be at least 1, got: 0/],
    ["Integer", { min: 2, max: 1 }, /min 2, max 1/],
    ["Integer", { min: 1, max: 2, seed: "s" }, /seed is not supported by the fallback/],
  ])("refuses %s with %j", async (type, news, expected) => {
    const found = await reasons(type, news);
    expect(found).toHaveLength(1);
    expect(found[0]).toMatch(expected);
  });

  it("accepts inputs that only the real run will know", async () => {
    expect(await reasons("Password", { length: UNKNOWN, minUpper: 3 })).toEqual([]);
    expect(await reasons("Integer", { min: UNKNOWN, max: 1 })).toEqual([]);
  });
});
