import { statfsSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";
import { probeDisks } from "./disks.ts";

test("folders on one disk become one entry, also those that are not there yet", () => {
  const home = join(tmpdir(), "not", "there");
  const [disk, ...others] = probeDisks([
    ["home", home],
    ["clone", tmpdir()],
  ]);
  const { bsize, blocks } = statfsSync(tmpdir());
  expect(others).toEqual([]);
  expect(disk).toMatchObject({ uses: ["home", "clone"], path: home });
  expect(disk?.freeBytes).toBeGreaterThan(0);
  expect(disk?.freeBytes).toBeLessThanOrEqual(bsize * blocks);
});

test.runIf(process.platform === "linux")("another file system is another entry", () => {
  const disks = probeDisks([
    ["home", tmpdir()],
    ["engine", "/proc"],
  ]);
  expect(disks.map(({ uses }) => uses)).toEqual([["home"], ["engine"]]);
});
