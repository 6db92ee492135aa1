import { RunError } from "@pulumi/pulumi";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { pinFile } from "../catalog/home.ts";
import type { Pin } from "../topology/blueprint.ts";
import { topologyOf } from "../topology/testing.ts";
import { generateFiles } from "./generated-files.ts";
import { readPinFile } from "./pin-file.ts";

let home: string;
beforeEach(() => {
  home = mkdtempSync(join(tmpdir(), "astratrade-pin-"));
});
afterEach(() => rmSync(home, { recursive: true, force: true }));

function write(stack: string, text: string): string {
  const path = pinFile(home, stack);
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, text);
  return path;
}

function pinOf(stack: string): Pin {
  const topology = topologyOf({}, { stack });
  const runtimeImage = `sha256:${"1a".repeat(32)}`;
  const blueprint = { schemaVersion: 1, topology, files: generateFiles(topology), runtimeImage };
  return { schemaVersion: 1, release: 7, blueprint } as Pin;
}

test("without a file there is no pin", () => {
  expect(readPinFile("prod", home)).toBeNull();
});

test("a pin comes back as it was written", () => {
  const pin = pinOf("prod");
  write("prod", JSON.stringify(pin));
  expect(readPinFile("prod", home)).toEqual(pin);
});

test("a file that cannot be read is not taken for none", () => {
  const path = pinFile(home, "staging");
  mkdirSync(path, { recursive: true });
  const read = () => readPinFile("staging", home);
  expect(read).toThrow(RunError);
  expect(read).toThrow(
    `Stack staging is pinned to a release by ${path}, and the pin cannot be followed.\nit cannot be read: EISDIR`,
  );
});

test.each([
  ["half a file", '{"schemaVersion": 1, "rel', "JSON"],
  ["a file of another version", '{"schemaVersion": 2}', "schemaVersion"],
  ["a pin of another stack", JSON.stringify(pinOf("prod")), "it pins a release of stack prod."],
])("%s is refused with its name and the way out", (_what, text, problem) => {
  const path = write("staging", text);
  const read = () => readPinFile("staging", home);
  expect(read).toThrow(RunError);
  expect(read).toThrow(`Stack staging is pinned to a release by ${path}`);
  expect(read).toThrow(problem);
  expect(read).toThrow("`npm run up -- --stack staging` removes the pin and deploys the source.");
});
