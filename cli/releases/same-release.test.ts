import { expect, test } from "vitest";
import { isSameBlueprint, isSameRelease } from "./same-release.ts";
import { blueprintWith, imageId, releaseWith } from "./testing/records.ts";

const release = releaseWith(3);

test("another revision, operator and time make no other release", () => {
  const later = releaseWith(4, {
    time: "2026-12-01T00:00:00.000Z",
    operator: "jo@ops-2",
    source: { revision: "f".repeat(40), dirty: true },
  });
  expect(isSameRelease(release, later)).toBe(true);
});

test.each([
  ["the image", { blueprint: blueprintWith({ image: imageId(2) }) }],
  ["a limit", { blueprint: blueprintWith({ settings: { limits: { nft: { memoryMb: 256 } } } }) }],
  ["the log level", { blueprint: blueprintWith({ settings: { logLevel: "debug" } }) }],
  [
    "a generated file",
    { blueprint: blueprintWith({ files: { redis: [{ file: "/a", content: "b" }] } }) },
  ],
  [
    "a base image under the same name",
    {
      baseImages: {
        ...release.baseImages,
        redis: {
          ref: "redis:7.2-alpine",
          imageId: imageId("c"),
          version: "7.2",
          kind: "official" as const,
        },
      },
    },
  ],
])("%s makes another release", (_, changes) => {
  expect(isSameRelease(release, releaseWith(4, changes))).toBe(false);
});

test("the Node base does not count: our image is made from it, and has an id", () => {
  const { redis } = release.baseImages;
  if (redis === undefined) throw new Error("The release has no Redis.");
  expect(isSameRelease(release, releaseWith(4, { baseImages: { redis } }))).toBe(true);
});

test("what JSON brings back is the same, in any order of keys", () => {
  const { runtimeImage, ...others } = blueprintWith();
  expect(
    isSameBlueprint(blueprintWith(), JSON.parse(JSON.stringify({ runtimeImage, ...others }))),
  ).toBe(true);
});

test("blueprints that this version cannot read are compared as they are", () => {
  expect(isSameBlueprint({ schemaVersion: 2, a: [1] }, { schemaVersion: 2, a: [1] })).toBe(true);
  expect(isSameBlueprint({ schemaVersion: 2, a: [1] }, { schemaVersion: 2, a: [2] })).toBe(false);
});
