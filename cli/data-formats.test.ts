import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { defaultMachineFacts, type MachineFacts } from "../topology/machine-facts.ts";
import { topologyOf } from "../topology/testing.ts";
import { forgetVolumes, openVolumes, recordOpenings, unreadableVolumes } from "./data-formats.ts";
import { readDataVersions } from "./setup/data-versions.ts";

let folder: string;
let file: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "astratrade-data-"));
  file = join(folder, "home", "data-versions.json");
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

function factsWith(redis: { ref: string; version: string }): MachineFacts {
  const facts = defaultMachineFacts();
  return { ...facts, images: { ...facts.images, redis: { kind: "fallback", ...redis } } };
}
const newer = factsWith({ ref: "own/redis:7.2.5", version: "7.2.5" });
const older = factsWith({ ref: "own/redis:7.0.15", version: "7.0.15" });
const open = (facts: MachineFacts, settings = {}) =>
  openVolumes(topologyOf(settings, { facts }), facts, file);

test("an older image is refused at data of a newer one, and the record stays", () => {
  open(newer);
  const recorded = readFileSync(file, "utf8");
  expect(JSON.parse(recorded)).toEqual({
    "astratrade-dev-redis-data": "7.2.5",
    "astratrade-dev-prometheus-data": "3.5.0",
  });
  expect(() => open(older)).toThrow(
    "The volume astratrade-dev-redis-data was last written by version 7.2.5; the image at hand has 7.0.15",
  );
  expect(readFileSync(file, "utf8")).toBe(recorded);
});

test("a newer image may open older data", () => {
  open(older);
  open(newer);
  expect(JSON.parse(readFileSync(file, "utf8"))).toMatchObject({
    "astratrade-dev-redis-data": "7.2.5",
  });
});

test("deleted volumes are forgotten", () => {
  open(newer);
  forgetVolumes(["astratrade-dev-redis-data"], file);
  open(older);
  expect(JSON.parse(readFileSync(file, "utf8"))).toMatchObject({
    "astratrade-dev-redis-data": "7.0.15",
  });
});

test("an image that the stack names is not judged", () => {
  open(newer);
  expect(() => open(older, { images: { redis: "registry.internal/redis:7" } })).not.toThrow();
});

test("a recorded release may open what was written by its version or an older one", () => {
  const recorded = { a: "7.0.15", b: "7.2.5", c: "8.0" };
  const openings = ["a", "b", "c", "new"].map((volume) => ({ volume, version: "7.2.1" }));
  expect(unreadableVolumes(openings, recorded)).toEqual([
    expect.stringMatching(
      /^volume c was written by version 8\.0 since then, and the release has 7\.2\.1/,
    ),
  ]);
});

test("an older version that opens a volume does not lower what is known of it", () => {
  recordOpenings([{ volume: "a", version: "7.2.5" }], file);
  recordOpenings([{ volume: "a", version: "7.0.15" }], file);
  expect(readDataVersions(file)).toEqual({ a: "7.2.5" });
});
