import {
  existsSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { installNode } from "./toolchain-node.ts";

let folder: string;
let bin: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "astratrade-node-"));
  bin = join(folder, "cache/bin");
});
afterEach(() => rmSync(folder, { recursive: true }));

function program(path: string, content: string): string {
  const full = join(folder, path);
  mkdirSync(join(full, ".."), { recursive: true });
  writeFileSync(full, content, { mode: 0o755 });
  return full;
}

test("the Node of the clone's npm package is kept when the clone goes", () => {
  const clone = join(folder, "clone");
  const running = program("clone/node_modules/node-x/bin/node", "24");
  const path = join(bin, "node");
  expect(installNode(bin, running, clone)).toEqual({
    kind: "official",
    version: process.versions.node,
    path,
  });
  rmSync(clone, { recursive: true });
  expect(readFileSync(path, "utf8")).toBe("24");
  expect(lstatSync(path).isFile()).toBe(true);
});

test("another release takes the place of the one before, and the same one is left", () => {
  const clone = join(folder, "clone");
  installNode(bin, program("clone/a/node", "24.1"), clone);
  const newer = program("clone/b/node", "24.1.0");
  installNode(bin, newer, clone);
  const before = lstatSync(join(bin, "node")).ctimeMs;
  installNode(bin, newer, clone);
  expect(readFileSync(join(bin, "node"), "utf8")).toBe("24.1.0");
  expect(lstatSync(join(bin, "node")).ctimeMs).toBe(before);
  expect(readdirSync(bin)).toEqual(["node"]);
});

test("a Node that the user has installed is linked to", () => {
  const running = program("usr/bin/node", "24");
  installNode(bin, running, join(folder, "clone"));
  installNode(bin, running, join(folder, "clone"));
  expect(readlinkSync(join(bin, "node"))).toBe(running);
});

test("the toolchain's own Node does not replace itself", () => {
  const running = program("cache/bin/node", "24");
  installNode(bin, running, join(folder, "clone"));
  expect(existsSync(running)).toBe(true);
  expect(lstatSync(running).isFile()).toBe(true);
});
