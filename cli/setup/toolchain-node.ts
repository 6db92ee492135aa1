import {
  copyFileSync,
  linkSync,
  mkdirSync,
  readlinkSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
} from "node:fs";
import { join, sep } from "node:path";
import type { ToolchainFacts } from "../../topology/machine-facts.ts";
import { repositoryRoot } from "../paths.ts";

/**
 * Puts the Node that runs this process into the toolchain, where the language host and the plugins find it. The one of
 * the npm package is kept as a file of its own, since it must outlive the clone; a Node that the user has installed is
 * linked to, since it may need the libraries beside it.
 */
export function installNode(
  bin: string,
  running: string = process.execPath,
  root: string = repositoryRoot,
): ToolchainFacts["node"] {
  const path = join(bin, "node");
  const facts = { kind: "official", version: process.versions.node, path } as const;
  mkdirSync(bin, { recursive: true });
  const isOfClone = running.startsWith(root + sep);
  if (running === path || (isOfClone ? isSameFile(path, running) : linksTo(path, running))) {
    return facts;
  }
  const draft = `${path}.${process.pid}`;
  rmSync(draft, { force: true });
  if (isOfClone) linkOrCopy(running, draft);
  else symlinkSync(running, draft);
  // Renaming one hard link over another of the same file does nothing, so the draft may still be there.
  renameSync(draft, path);
  rmSync(draft, { force: true });
  return facts;
}

/** A hard link takes no room; it is not to be had across file systems. */
function linkOrCopy(from: string, to: string): void {
  try {
    linkSync(from, to);
  } catch {
    copyFileSync(from, to);
  }
}

/** Size and time are enough to tell one release from another; npm sets the same time for all files. */
function isSameFile(a: string, b: string): boolean {
  try {
    const [left, right] = [statSync(a), statSync(b)];
    return left.ino === right.ino || (left.size === right.size && left.isFile());
  } catch {
    return false;
  }
}

function linksTo(path: string, target: string): boolean {
  try {
    return readlinkSync(path) === target;
  } catch {
    return false;
  }
}
