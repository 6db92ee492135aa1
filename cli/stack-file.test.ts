import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { ConfigError } from "../topology/stack-config.ts";
import { repositoryRoot } from "./paths.ts";
import { readStackFile } from "./stack-file.ts";

let root: string;
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), "astratrade-stack-"));
});
afterEach(() => rmSync(root, { recursive: true, force: true }));

function readWith(text: string) {
  writeFileSync(join(root, "Pulumi.dev.yaml"), text);
  return readStackFile("dev", root);
}

test("the stack files of this repository are right", () => {
  expect(readStackFile("dev", repositoryRoot).publish).toBe("all");
});

test("settings of this project are read, those of other namespaces are not", () => {
  const config = readWith(
    "config:\n  astratrade:ports: {redis: 16379}\n  docker:host: unix:///x\n",
  );
  expect(config.ports).toEqual({ redis: 16379 });
});

test("an empty file has every default", () => {
  expect(readWith("").publish).toBe("entry");
});

test.each([
  ["config: [", "Pulumi.dev.yaml is no valid YAML:"],
  ["config: []", "Pulumi.dev.yaml is wrong:"],
  ["config:\n  astratrade:publish: x\n", 'astratrade:publish is "x": allowed: all, entry'],
])("%j is refused", (text, message) => {
  expect(() => readWith(text)).toThrow(ConfigError);
  expect(() => readWith(text)).toThrow(message);
});

test("a stack without a file: says which there are", () => {
  writeFileSync(join(root, "Pulumi.staging.yaml"), "");
  expect(() => readStackFile("prod", root)).toThrow(
    "Pulumi.prod.yaml does not exist; there is staging",
  );
});
