import { describe, expect, test } from "vitest";
import { compareAnswers, textsOf } from "./compare.ts";
import { relate } from "./generated.ts";
import { KnownValues } from "./known-values.ts";
import { prepare } from "./prepare.ts";
import { isDrawnAlike } from "./random-values.ts";
import { RECORDINGS, loadRecording } from "./recording.ts";
import type { Json, JsonObject } from "./recording.ts";

const ID = "0a39fa3f6f038dc08a9c9c25067418fc0165477163b4eea2280a11ea341cd410";
const OTHER_ID = "6709bc1eaf452e03cc111e46ba6e3c942b7c3551d80a8ce496551a3a7e9487fe";

function compare(
  recorded: Json,
  actual: Json,
  {
    chosen = [] as Json,
    known = new KnownValues(),
    type = "docker:index/container:Container",
    mayHaveEnded = false,
  } = {},
) {
  return compareAnswers(recorded, actual, { known, chosen: textsOf(chosen), type, mayHaveEnded });
}

describe("compareAnswers", () => {
  test.each<[string, Json, Json]>([
    ["absent, null and empty", { a: null, b: "", c: [], d: { e: null } }, {}],
    ["made-up ids", { id: ID }, { id: OTHER_ID }],
    [
      "addresses of the engine",
      { ip: "172.17.0.2", mac: "02:42:ac:11:00:02" },
      { ip: "10.1.2.3", mac: "02:42:00:00:00:01" },
    ],
    ["made-up names", { name: "vol-d9d37c0" }, { name: "vol-0000000" }],
    [
      "a name inside a path",
      { id: "vol-d9d37c0", path: "/v/vol-d9d37c0/_data" },
      { id: "vol-1234567", path: "/v/vol-1234567/_data" },
    ],
    [
      "a prefix length",
      { networkDatas: [{ ipPrefixLength: 16 }] },
      { networkDatas: [{ ipPrefixLength: 20 }] },
    ],
  ])("takes %s for the same", (_name, recorded, actual) => {
    expect(compare(recorded, actual)).toEqual([]);
  });

  test.each<[string, Json, Json, string[]]>([
    ["zero and nothing", { memory: 0 }, {}, ["memory: recorded 0, now nothing"]],
    ["false and nothing", { init: null }, { init: false }, ["init: recorded null, now false"]],
    ["texts", { user: "a" }, { user: "b" }, ['user: recorded "a", now "b"']],
    ["numbers and texts", { n: 1 }, { n: "1" }, ['n: recorded 1, now "1"']],
    ["one element more", { a: ["x"] }, { a: ["x", "y"] }, ['a[1]: recorded nothing, now "y"']],
    [
      "another order",
      { a: ["x", "y"] },
      { a: ["y", "x"] },
      ['a[0]: recorded "x", now "y"', 'a[1]: recorded "y", now "x"'],
    ],
    ["a list and a block", { a: ["x"] }, { a: { x: 1 } }, ['a: recorded ["x"], now {"x":1}']],
    ["an id and something else", { id: ID }, { id: "none" }, [`id: recorded "${ID}", now "none"`]],
    [
      "digests of contexts",
      { contextDigest: ID },
      { contextDigest: OTHER_ID },
      [`contextDigest: recorded "${ID}", now "${OTHER_ID}"`],
    ],
    [
      "names with other beginnings",
      { name: "vol-d9d37c0" },
      { name: "net-d9d37c0" },
      ['name: recorded "vol-d9d37c0", now "net-d9d37c0"'],
    ],
  ])("tells %s apart", (_name, recorded, actual, differences) => {
    expect(compare(recorded, actual)).toEqual(differences);
  });

  test("wants the same id again where the recording has the same again", () => {
    const known = new KnownValues();
    expect(compare({ a: ID, b: ID }, { a: OTHER_ID, b: ID }, { known })).toEqual([
      `b: recorded "${ID}", now "${ID}"`,
    ]);
  });

  test("lets the engine give an address out again", () => {
    const known = new KnownValues();
    expect(compare({ ip: "172.17.0.2" }, { ip: "172.17.0.3" }, { known })).toEqual([]);
    expect(compare({ ip: "172.17.0.2" }, { ip: "172.17.0.4" }, { known })).toEqual([]);
  });

  test("does not take for made up what the program has chosen", () => {
    const chosen = { gateway: "10.77.0.1", name: "vol-d9d37c0" };
    expect(compare({ gateway: "10.77.0.1" }, { gateway: "10.77.0.2" }, { chosen })).toHaveLength(1);
    expect(compare({ name: "vol-d9d37c0" }, { name: "vol-0000000" }, { chosen })).toHaveLength(1);
  });

  test("excuses missing addresses only of a container that may have ended", () => {
    const recorded = { networkDatas: [{ ipAddress: "172.17.0.2", ipPrefixLength: 16 }] };
    const actual = { networkDatas: [{ ipAddress: "", ipPrefixLength: 0 }] };
    expect(compare(recorded, actual, { mayHaveEnded: true })).toEqual([]);
    expect(compare(recorded, actual)).toEqual([
      'networkDatas[0].ipAddress: recorded "172.17.0.2", now ""',
    ]);
  });

  test("finds every single changed value in every recording", { timeout: 120_000 }, async () => {
    for (const name of RECORDINGS) {
      const steps = await loadRecording(name);
      for (const { request, response } of steps.flatMap((step) => step.calls)) {
        if (response === undefined) continue;
        const answer = prepare(response);
        const terms = {
          known: new KnownValues(),
          chosen: textsOf([]),
          type: request.type,
          mayHaveEnded: false,
        };
        for (const [path, changed] of changedCopies(answer)) {
          const found = compareAnswers(answer, changed, { ...terms, known: new KnownValues() });
          if (found.length === 0) throw new Error(`${name}: a change of ${path} was not found`);
        }
      }
    }
  });
});

describe("KnownValues", () => {
  test("translates ids wherever they stand, and short texts only as a whole", () => {
    const known = new KnownValues();
    known.learn(ID, OTHER_ID);
    known.learn("172.17.0.1", "10.0.0.1");
    known.learn("vol-d9d37c0", "vol-1234567");
    known.learn("__DIR__", "/tmp/x");
    const recorded = {
      a: [`${ID}contract/base:1`],
      b: "172.17.0.1",
      c: "172.17.0.12",
      d: "/v/vol-d9d37c0",
      e: "__DIR__/ctx",
    };
    expect(known.translate(recorded)).toEqual({
      a: [`${OTHER_ID}contract/base:1`],
      b: "10.0.0.1",
      c: "172.17.0.12",
      d: "/v/vol-1234567",
      e: "/tmp/x/ctx",
    });
  });
});

test.each<[string, string, boolean]>([
  [ID, OTHER_ID, true],
  [ID, OTHER_ID.slice(1), false],
  [`sha256:${ID}`, `sha256:${OTHER_ID}`, true],
  [`sha256:${ID}`, OTHER_ID, false],
  [`sha256:${ID}contract/base:1`, `sha256:${OTHER_ID}contract/base:1`, true],
  [`sha256:${ID}contract/base:1`, `sha256:${OTHER_ID}contract/base:2`, false],
  ["10.77.0.0/24", "10.78.0.0/24", true],
  ["10.77.0.0/24", "10.78.0.1", false],
  ["ct-net", "ct-vol", false],
])("%s and %s are made up alike: %s", (recorded, actual, alike) => {
  expect(relate(recorded, actual).kind).toBe(alike ? "alike" : "different");
});

test.each<[string, Json, Json, boolean]>([
  ["properties.result", "ru29ysyr", "abcdefgh", true],
  ["properties.result", "ru29ysyr", "abc", false],
  ["properties.result", 5, 7, true],
  ["properties.result", 5, "7", false],
  ["properties.length", 8, 9, false],
  ["properties.dec", "a-2227493707", "a-12", true],
  ["properties.dec", "a-2227493707", "b-12", false],
  ["id", "organic-blowfish", "quick-fox", true],
  ["id", "organic-blowfish", "fox", false],
  ["id", "none", "some", false],
])("drawn at %s: %s and %s are alike: %s", (path, recorded, actual, alike) => {
  expect(isDrawnAlike(path, recorded, actual)).toBe(alike);
});

/** All copies of a value in which one leaf is another one. */
function* changedCopies(value: Json, path = ""): Generator<[string, Json]> {
  if (typeof value === "string") yield [path, value === "" ? "x" : `${value}!`];
  else if (typeof value === "number" && !MAY_DIFFER.test(path)) yield [path, value + 1];
  else if (typeof value === "boolean") yield [path, !value];
  else if (isArray(value)) {
    for (const [i, element] of value.entries()) {
      for (const [inner, changed] of changedCopies(element, `${path}[${i}]`))
        yield [inner, value.with(i, changed)];
    }
  } else if (typeof value === "object" && value !== null) {
    for (const [name, element] of Object.entries(value as JsonObject)) {
      for (const [inner, changed] of changedCopies(element, `${path}.${name}`)) {
        yield [inner, { ...value, [name]: changed }];
      }
    }
  }
}

/** Numbers that the engine or the `random` provider makes up. */
const MAY_DIFFER = /ipPrefixLength$|\.result$/;

function isArray(value: Json): value is readonly Json[] {
  return Array.isArray(value);
}
