import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { resolvePaths, type Paths } from "../../paths.ts";
import { pluginVersions } from "../../setup/versions.ts";
import { probeToolchain } from "./toolchain.ts";

let root: string;
let paths: Paths;
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), "astratrade-tools-"));
  paths = resolvePaths({
    env: { ASTRATRADE_HOME: join(root, "home"), ASTRATRADE_CACHE: join(root, "cache") },
  });
  mkdirSync(paths.toolchainBin, { recursive: true });
});
afterEach(() => {
  rmSync(root, { recursive: true });
});

const cli = (script: string): void =>
  writeFileSync(join(paths.toolchainBin, "pulumi"), `#!/bin/sh\n${script}\n`, { mode: 0o755 });

test("what is not there, or may not be run", async () => {
  writeFileSync(join(paths.toolchainBin, "node"), "", { mode: 0o644 });
  cli("echo v3.274.1");
  const { programs, cli: answer } = await probeToolchain(paths, { start: false });
  expect(programs.map(({ name, isThere }) => [name, isThere])).toEqual([
    ["Pulumi CLI", true],
    ["Node of the toolchain", false],
    ["language host", false],
    [`plugin docker ${pluginVersions.docker}`, false],
    [`plugin random ${pluginVersions.random}`, false],
  ]);
  expect(answer).toBe(null);
});

test("the CLI is started where it is asked for", async () => {
  cli("echo v3.274.1");
  expect((await probeToolchain(paths, { start: true })).cli).toEqual({ version: "v3.274.1" });
  cli("exit 126");
  expect((await probeToolchain(paths, { start: true })).cli).toEqual({
    problem: `${join(paths.toolchainBin, "pulumi")} ended with exit code 126`,
  });
});
