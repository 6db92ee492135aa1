import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { homedir, tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { repositoryRoot, resolvePaths } from "../../paths.ts";
import { backendFolder, probeFiles } from "./files.ts";

let home: string;
beforeEach(() => {
  home = join(mkdtempSync(join(tmpdir(), "astratrade-files-")), "home");
});
afterEach(() => {
  rmSync(join(home, ".."), { recursive: true });
});

const pathsOf = (env = {}) => resolvePaths({ env: { ASTRATRADE_HOME: home, ...env } });

test("a home that is not there yet", () => {
  expect(probeFiles(pathsOf(), {})).toEqual({
    home: { path: home, mode: null, writable: true },
    passphrase: {
      path: join(home, "passphrase"),
      mode: null,
      writable: true,
      empty: false,
      overridden: false,
    },
    backend: { path: join(home, "state"), mode: null, writable: true },
  });
});

test("rights of home and passphrase, and what goes before the file", () => {
  mkdirSync(home);
  chmodSync(home, 0o755);
  writeFileSync(join(home, "passphrase"), "\n");
  chmodSync(join(home, "passphrase"), 0o644);
  const files = probeFiles(pathsOf(), { PULUMI_CONFIG_PASSPHRASE: "x" });
  expect(files.home.mode).toBe(0o755);
  expect(files.passphrase).toMatchObject({ mode: 0o644, empty: true, overridden: true });
});

test.each([
  ["", () => join(home, "state")],
  ["file:///var/lib/pulumi%20state", () => "/var/lib/pulumi state"],
  ["file://~/state", () => join(homedir(), "state")],
  ["file://.", () => repositoryRoot],
  ["s3://trading-state", () => null],
])("the backend %s is looked for where Pulumi keeps it", (url, folder) => {
  expect(backendFolder(pathsOf(), { ASTRATRADE_BACKEND_URL: url })).toBe(folder());
});

test("a backend elsewhere is named", () => {
  const { backend } = probeFiles(pathsOf(), { ASTRATRADE_BACKEND_URL: "s3://trading-state" });
  expect(backend).toEqual({ url: "s3://trading-state" });
});
