import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { type Paths, resolvePaths } from "../paths.ts";
import { ensurePassphrase } from "./passphrase.ts";

let folder: string;
let paths: Paths;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "astratrade-passphrase-"));
  paths = resolvePaths({ env: { ASTRATRADE_HOME: join(folder, "home") }, userHome: folder });
});
afterEach(() => rmSync(folder, { recursive: true }));

test("makes a passphrase that only its owner can read, in a home of the same kind", () => {
  ensurePassphrase(paths);
  expect(readFileSync(paths.passphraseFile, "utf8")).toMatch(/^[\w-]{43}\n$/);
  expect(statSync(paths.passphraseFile).mode & 0o777).toBe(0o600);
  expect(statSync(paths.home).mode & 0o777).toBe(0o700);
  expect(readdirSync(paths.home).toSorted()).toEqual(["passphrase", "state"]);
});

test("never writes one that is there", () => {
  ensurePassphrase(paths);
  writeFileSync(paths.passphraseFile, "my own");
  ensurePassphrase(paths);
  expect(readFileSync(paths.passphraseFile, "utf8")).toBe("my own");
  expect(readdirSync(paths.home).toSorted()).toEqual(["passphrase", "state"]);
});

test("an empty one is an error that says what to do", () => {
  ensurePassphrase(paths);
  writeFileSync(paths.passphraseFile, "\n");
  expect(() => ensurePassphrase(paths)).toThrow(
    `The passphrase file ${paths.passphraseFile} is empty.`,
  );
});
