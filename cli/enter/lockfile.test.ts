import { expect, test } from "vitest";
import { missingPackages } from "./lockfile.mjs";

const wanted = (entry: object) => ({
  packages: { "": {}, "node_modules/a": { version: "1.0.0", ...entry } },
});
const nothing = { packages: {} };

test.each([
  ["a package that is required", {}, ["node_modules/a"]],
  ["an optional package for every platform", { optional: true }, ["node_modules/a"]],
  ["one for this platform", { optional: true, os: [process.platform] }, ["node_modules/a"]],
  ["one for another system", { optional: true, os: ["plan9"] }, []],
  ["one for another processor", { optional: true, cpu: ["vax"] }, []],
  ["one for all but this system", { optional: true, os: [`!${process.platform}`] }, []],
  ["one for all but another system", { optional: true, os: ["!plan9"] }, ["node_modules/a"]],
  ["one for another system, as one word", { optional: true, os: "plan9", cpu: "x64" }, []],
  ["one for a certain libc", { optional: true, libc: ["musl"] }, []],
  ["a required one for another system", { os: ["plan9"] }, ["node_modules/a"]],
])("absent, %s", (_case, entry, missing) => {
  expect(missingPackages(wanted(entry), nothing)).toEqual(missing);
});

test("another version or another content counts as missing", () => {
  const installed = wanted({ integrity: "sha512-x" });
  expect(missingPackages(wanted({ integrity: "sha512-x" }), installed)).toEqual([]);
  expect(missingPackages(wanted({ integrity: "sha512-y" }), installed)).toEqual(["node_modules/a"]);
  expect(missingPackages(wanted({ version: "1.0.1", integrity: "sha512-x" }), installed)).toEqual([
    "node_modules/a",
  ]);
});
