import { expect, test } from "vitest";
import { compareReleases } from "./compare-releases.ts";
import { flatten } from "./flatten.ts";
import { renderComparison } from "./render-releases.ts";
import { blueprintWith, imageId, releaseWith } from "./testing/records.ts";

test("lists of things go by their names, lists of values are values", () => {
  const value = {
    services: [
      { service: "nft", memoryMb: 512 },
      { service: "user", networks: ["a", "b"], replica: 1 },
      { service: "user", replica: 2 },
    ],
    ports: [{ external: 80 }, { external: 81 }],
    volume: null,
    env: {},
    files: [],
  };
  expect(Object.fromEntries(flatten(value))).toEqual({
    "services.nft.service": '"nft"',
    "services.nft.memoryMb": "512",
    "services.user.service": '"user"',
    "services.user.networks": '["a","b"]',
    "services.user.replica": "1",
    "services.user-2.service": '"user"',
    "services.user-2.replica": "2",
    "ports.0.external": "80",
    "ports.1.external": "81",
    volume: "null",
    env: "{}",
    files: "[]",
  });
});

const file = (lines: readonly string[]) => ({
  redis: [
    { file: "/usr/local/etc/redis/redis.conf", content: lines.map((it) => `${it}\n`).join("") },
  ],
});
const before = releaseWith(3, {
  blueprint: blueprintWith({ files: file(["port 6379", "maxmemory 300mb", "appendonly yes"]) }),
});
const after = releaseWith(5, {
  source: { revision: "fedcba98".repeat(5), dirty: true },
  blueprint: blueprintWith({
    image: imageId(2),
    settings: { limits: { nft: { memoryMb: 256 } }, ports: { gateway: 9000 } },
    files: file(["port 6379", "maxmemory 600mb", "appendonly yes"]),
  }),
});

test("revision, image, settings key by key, and generated files differ", () => {
  expect(renderComparison(compareReleases(before, after))).toBe(`Release 3 → release 5

  revision             0123456789abcdef0123456789abcdef01234567 → fedcba98fedcba98fedcba98fedcba98fedcba98
  uncommitted changes  false → true
  image                111111111111 → 222222222222

Settings:
  gateway.ports.0.external   8000 → 9000
  services.nft.memoryMb      512 → 256
  services.nft.memorySwapMb  512 → 256

--- redis:/usr/local/etc/redis/redis.conf\trelease 3
+++ redis:/usr/local/etc/redis/redis.conf\trelease 5
@@ -1,3 +1,3 @@
 port 6379
-maxmemory 300mb
+maxmemory 600mb
 appendonly yes`);
});

test("a release is the same as itself", () => {
  expect(renderComparison(compareReleases(before, before))).toBe("Releases 3 and 3 are the same.");
});

test("a file that only one release has is added or removed as a whole", () => {
  const { files } = compareReleases(
    before,
    releaseWith(4, {
      blueprint: blueprintWith({ files: { prometheus: [{ file: "/p.yml", content: "a: 1\n" }] } }),
    }),
  );
  expect(
    files.map(({ diff }) => diff.split("\n").filter((line) => /^(---|\+\+\+)/.test(line))),
  ).toEqual([
    ["--- /dev/null", "+++ prometheus:/p.yml\trelease 4"],
    ["--- redis:/usr/local/etc/redis/redis.conf\trelease 3", "+++ /dev/null"],
  ]);
});

test("a blueprint of another version is compared as plain data", () => {
  const other = releaseWith(6, {
    blueprint: { schemaVersion: 2, topology: { stack: "dev", cells: [{ name: "a", size: 1 }] } },
    image: imageId(1),
  });
  const later = releaseWith(7, {
    blueprint: { schemaVersion: 2, topology: { stack: "dev", cells: [{ name: "a", size: 2 }] } },
    image: imageId(1),
  });
  expect(compareReleases(other, later)).toEqual({
    from: 6,
    to: 7,
    facts: [],
    settings: [{ key: "cells.a.size", from: "1", to: "2" }],
    files: [],
  });
});
