import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { stackFileProblem } from "./stack-file-problem.ts";

let root: string;
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), "astratrade-stack-file-"));
});
afterEach(() => rmSync(root, { recursive: true, force: true }));

test("settings that are wrong are none of a rollback's business; a file that Pulumi cannot read is", () => {
  const write = (text: string) => writeFileSync(join(root, "Pulumi.dev.yaml"), text);
  write("config:\n  astratrade:publish: everything\n  astratrade:nonsense: 1\n");
  expect(stackFileProblem("dev", root)).toBeNull();
  write("config: [1\n  }");
  expect(stackFileProblem("dev", root)).toMatch(/^Pulumi\.dev\.yaml is no valid YAML.*\(.+\)$/);
  expect(stackFileProblem("prod", root)).toMatch(/^Pulumi\.prod\.yaml is not in this clone/);
});
