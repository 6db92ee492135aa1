import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";
import { readDataVersions, recordDataVersion, refuseOlderDataFormat } from "./data-versions.ts";

test.each([
  ["7.2", "7.0.15", true],
  ["7.2.4", "7.0.15", true],
  ["8.0", "7.2", true],
  ["10.0", "9.9", true],
  ["7.0.15", "7.2", false],
  ["7.2", "7.2.4", false],
  ["7.2.4", "7.2", false],
  ["7.2.9", "7.2.1", false],
  ["7", "7.0.15", false],
])("data written by %s, an image with %s: refused is %s", (written, image, refused) => {
  const sentence = refuseOlderDataFormat("redis-data", { "redis-data": written }, image);
  expect(sentence !== undefined).toBe(refused);
});

test("the sentence names volume, both versions and the way out", () => {
  expect(refuseOlderDataFormat("redis-data", { "redis-data": "7.2" }, "7.0.15")).toBe(
    "The volume redis-data was last written by version 7.2; the image at hand has 7.0.15, which may not read it. " +
      "Nothing was changed. Set up the newer image again (`npm run setup -- --refresh`, or `docker load`), or restore a " +
      "backup made with the older version into a new volume.",
  );
});

test("a volume that nobody has written yet is open to all", () => {
  expect(refuseOlderDataFormat("new", { other: "9.0" }, "7.0.15")).toBeUndefined();
});

test("the record keeps the newest version of each volume", () => {
  const first = recordDataVersion({}, "a", "7.0.15");
  expect(first).toEqual({ a: "7.0.15" });
  expect(recordDataVersion({ ...first, b: "1" }, "a", "7.2")).toEqual({ a: "7.2", b: "1" });
  expect(recordDataVersion({ a: "7.2" }, "a", "7.0.15")).toEqual({ a: "7.2" });
});

test("no file is an empty record, a damaged one is an error", () => {
  const folder = mkdtempSync(join(tmpdir(), "astratrade-versions-"));
  const path = join(folder, "data-versions.json");
  try {
    expect(readDataVersions(path)).toEqual({});
    writeFileSync(path, '{"redis-data": "7.2"}');
    expect(readDataVersions(path)).toEqual({ "redis-data": "7.2" });
    for (const content of ["{", '{"redis-data": 7}', '{"redis-data": "new"}']) {
      writeFileSync(path, content);
      expect(() => readDataVersions(path)).toThrow(`${path} does not hold the data version`);
    }
  } finally {
    rmSync(folder, { recursive: true });
  }
});
