import { existsSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { repositoryRoot, resolvePaths } from "./paths.ts";

const userHome = "/home/ada";

describe("resolvePaths", () => {
  test("lives under the user's home by default", () => {
    const paths = resolvePaths({ env: {}, userHome });
    expect(paths.home).toBe("/home/ada/.astratrade");
    expect(paths.state).toBe("/home/ada/.astratrade/state");
    expect(paths.passphraseFile).toBe("/home/ada/.astratrade/passphrase");
    expect(paths.machineFacts).toBe("/home/ada/.astratrade/machine.json");
    expect(paths.pulumiHome).toBe("/home/ada/.astratrade/pulumi");
    expect(paths.cache).toBe("/home/ada/.cache/astratrade");
    expect(paths.toolchainBin).toBe(
      `/home/ada/.cache/astratrade/toolchain/pulumi-3.274.1-${process.platform}-${process.arch}/bin`,
    );
  });

  test.each([
    [{ ASTRATRADE_HOME: "/srv/at" }, "/srv/at", "/home/ada/.cache/astratrade"],
    [{ ASTRATRADE_CACHE: "/var/cache/at" }, "/home/ada/.astratrade", "/var/cache/at"],
    [{ XDG_CACHE_HOME: "/mnt/cache" }, "/home/ada/.astratrade", "/mnt/cache/astratrade"],
    [{ XDG_CACHE_HOME: "cache" }, "/home/ada/.astratrade", "/home/ada/.cache/astratrade"],
    [
      { ASTRATRADE_HOME: "", XDG_CACHE_HOME: "" },
      "/home/ada/.astratrade",
      "/home/ada/.cache/astratrade",
    ],
    [
      { ASTRATRADE_CACHE: "/var/cache/at", XDG_CACHE_HOME: "/mnt/cache" },
      "/home/ada/.astratrade",
      "/var/cache/at",
    ],
  ])("%j moves them", (env, home, cache) => {
    const paths = resolvePaths({ env, userHome });
    expect([paths.home, paths.cache]).toEqual([home, cache]);
    expect(paths.pulumiHome).toBe(join(home, "pulumi"));
    expect(paths.downloads).toBe(join(cache, "downloads"));
  });

  test("refuses a relative home by name and value", () => {
    expect(() => resolvePaths({ env: { ASTRATRADE_HOME: "state" }, userHome })).toThrow(
      'ASTRATRADE_HOME is "state"; it must be an absolute path, for instance /var/lib/astratrade.',
    );
  });
});

test("repositoryRoot is the folder of package.json", () => {
  expect(existsSync(join(repositoryRoot, "package.json"))).toBe(true);
});
