import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { repositoryRoot } from "../paths.ts";
import { missingPackages } from "./lockfile.mjs";

type LockFile = Parameters<typeof missingPackages>[0];

const wanted = (entry: object): LockFile => ({
  packages: {
    "": { dependencies: { a: "1" } },
    "node_modules/a": { version: "1.0.0", ...entry },
  },
});
const nothing = { packages: {} };

test.each([
  ["a package that is required", {}, ["node_modules/a"]],
  ["an optional package for every platform", { optional: true }, ["node_modules/a"]],
  ["one for this platform", { optional: true, os: [process.platform] }, ["node_modules/a"]],
  ["one for another system", { optional: true, os: ["plan9"] }, []],
  ["one for another processor", { optional: true, cpu: ["vax"] }, []],
  ["one for another system, as a text", { optional: true, os: "plan9" }, []],
  ["one for all but this system", { optional: true, os: [`!${process.platform}`] }, []],
  ["one for all but another system", { optional: true, os: ["!plan9"] }, ["node_modules/a"]],
  ["one for a certain libc", { optional: true, libc: ["musl"] }, []],
  ["a required one for another system", { os: ["plan9"] }, ["node_modules/a"]],
])("absent, %s", (_case, entry, missing) => {
  expect(missingPackages(wanted(entry), nothing)).toEqual(missing);
});

test("what only a package for another platform needs may be absent with it", () => {
  const packages = {
    "": { optionalDependencies: { "for-plan9": "1" } },
    "node_modules/for-plan9": { optional: true, os: ["plan9"], dependencies: { "@x/helper": "1" } },
    "node_modules/@x/helper": { optional: true },
  };
  expect(missingPackages({ packages }, nothing)).toEqual([]);
  const here = { ...packages, "node_modules/for-plan9": { dependencies: { "@x/helper": "1" } } };
  const installed = { packages: { "node_modules/for-plan9": here["node_modules/for-plan9"] } };
  expect(missingPackages({ packages: here }, installed)).toEqual(["node_modules/@x/helper"]);
});

test("another version or another content counts as missing", () => {
  const installed = wanted({ integrity: "sha512-x" });
  expect(missingPackages(wanted({ integrity: "sha512-x" }), installed)).toEqual([]);
  expect(missingPackages(wanted({ integrity: "sha512-y" }), installed)).toEqual(["node_modules/a"]);
  expect(missingPackages(wanted({ version: "1.0.1", integrity: "sha512-x" }), installed)).toEqual([
    "node_modules/a",
  ]);
});

test("what npm has installed here is what the lock file asks for", () => {
  const read = (path: string): LockFile =>
    JSON.parse(readFileSync(join(repositoryRoot, path), "utf8")) as LockFile;
  const record = read("node_modules/.package-lock.json");
  expect(missingPackages(read("package-lock.json"), record)).toEqual([]);
});
