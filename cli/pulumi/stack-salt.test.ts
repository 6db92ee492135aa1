import { execFileSync } from "node:child_process";
import { appendFileSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, expect, test } from "vitest";
import { ignoreSaltInGit } from "./stack-salt.ts";

const root = mkdtempSync(join(tmpdir(), "astratrade-salt-"));
afterEach(() => rmSync(root, { recursive: true, force: true }));

function git(...args: string[]): string {
  const identity = ["-c", "user.name=test", "-c", "user.email=test@localhost"];
  return execFileSync("git", [...identity, ...args], { cwd: root, encoding: "utf8" });
}

test("Pulumi's salt leaves the clone clean, and every other change is seen", async () => {
  const file = join(root, "Pulumi.dev.yaml");
  git("init", "-q");
  writeFileSync(join(root, ".gitattributes"), "Pulumi.*.yaml filter=astratrade-salt\n");
  writeFileSync(file, "config:\n  astratrade:publish: all\n");
  git("add", "-A");
  git("commit", "-qm", "start");

  appendFileSync(file, "encryptionsalt: v1:abc=:v1:def:ghi==\n");
  await ignoreSaltInGit("Pulumi.dev.yaml", root);
  expect(git("status", "--porcelain")).toBe("");
  appendFileSync(file, "other: true\n");
  await ignoreSaltInGit("Pulumi.dev.yaml", root);
  expect(git("status", "--porcelain")).toBe(" M Pulumi.dev.yaml\n");
  expect(git("diff", "--stat", "--cached")).toBe("");
});

test("outside a git checkout there is nothing to do", async () => {
  await expect(ignoreSaltInGit("Pulumi.dev.yaml", tmpdir())).resolves.toBeUndefined();
});
