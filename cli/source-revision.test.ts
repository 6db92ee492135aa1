import { execFileSync } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { sourceRevision } from "./source-revision.ts";

let root: string;
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), "astratrade-revision-"));
});
afterEach(() => rmSync(root, { recursive: true, force: true }));

function git(...args: string[]): string {
  const identity = ["-c", "user.name=test", "-c", "user.email=test@localhost"];
  return execFileSync("git", [...identity, ...args], { cwd: root, encoding: "utf8" }).trim();
}

function commit(): string {
  git("init", "-q");
  git("add", "-A");
  git("commit", "-qm", "start");
  return git("rev-parse", "HEAD");
}

test("the commit, and whether anything differs from it", async () => {
  writeFileSync(join(root, "package.json"), "{}\n");
  const revision = commit();
  expect(await sourceRevision(root)).toEqual({ revision, dirty: false });
  writeFileSync(join(root, "new.ts"), "");
  expect(await sourceRevision(root)).toEqual({ revision, dirty: true });
});

test("a clone inside another repository is not that repository's commit", async () => {
  const archive = join(root, "archive");
  mkdirSync(archive);
  writeFileSync(join(root, ".gitignore"), "archive\n");
  writeFileSync(join(archive, "package.json"), "{}\n");
  commit();
  expect(await sourceRevision(archive)).toBeNull();
});

test("there is none outside a git checkout", async () => {
  expect(await sourceRevision(root)).toBeNull();
});
