import { existsSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { processName } from "./host-system.ts";
import { removeStalePidFile } from "./stale-pid-files.ts";

let path: string;
let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "astratrade-pid-"));
  path = join(folder, "docker.pid");
});
afterEach(() => rmSync(folder, { recursive: true }));

describe.runIf(process.platform === "linux")("removeStalePidFile", () => {
  test("keeps the file of a program that runs, and gives its process id", () => {
    const runningHere = processName(process.pid) ?? "";
    writeFileSync(path, `${process.pid}\n`);
    expect(removeStalePidFile(path, runningHere)).toBe(process.pid);
    expect(existsSync(path)).toBe(true);
  });

  // 4194304 is one more than the highest process id that Linux gives out.
  test.each([
    ["whose process is gone", "4194304"],
    ["whose number another program has got", String(process.pid)],
    ["that was cut off while it was written", ""],
  ])("removes a file %s", (_case, content) => {
    writeFileSync(path, content);
    expect(removeStalePidFile(path, "dockerd")).toBeUndefined();
    expect(existsSync(path)).toBe(false);
  });

  test("copes with no file", () => {
    expect(removeStalePidFile(path, "dockerd")).toBeUndefined();
  });
});
