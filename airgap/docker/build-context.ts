import { createHash } from "node:crypto";
import {
  existsSync,
  lstatSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  realpathSync,
} from "node:fs";
import type { Stats } from "node:fs";
import { isAbsolute, join, relative } from "node:path";
import { fileModeText } from "./build-file-mode.ts";
import { parseDockerignore, type IgnoreRules } from "./build-ignore.ts";

/** One file, directory or link of a build context. */
export interface ContextEntry {
  /** Path relative to the context, with `/` on every system. */
  readonly path: string;
  /** Path to open it by, as relative or absolute as the context was given. */
  readonly location: string;
  readonly stats: Stats;
}

/**
 * Lists what a build sends, without what `.dockerignore` leaves out, in the order of the file names'
 * bytes, so that the list, the digest and the archive are the same on every machine.
 */
export function listContext(context: string, rules: IgnoreRules): ContextEntry[] {
  const entries: ContextEntry[] = [];
  const visit = (directory: string) => {
    for (const name of readdirSync(join(context, directory)).sort(compareBytes)) {
      const path = directory === "" ? name : `${directory}/${name}`;
      const location = join(context, path);
      const stats = lstatSync(location);
      const ignored = rules.ignores(path);
      if (!ignored) entries.push({ path, location, stats });
      if (stats.isDirectory() && (!ignored || rules.mayReinclude(path))) visit(path);
    }
  };
  visit("");
  return entries;
}

/**
 * Reads the rules of a context: `<Dockerfile>.dockerignore` beside the Dockerfile if there is one,
 * else `.dockerignore` in the context, else none.
 */
export function readIgnoreRules(context: string, dockerfile: string): IgnoreRules {
  const file = [`${dockerfile}.dockerignore`, join(context, ".dockerignore")].find(existsSync);
  return parseDockerignore(file === undefined ? "" : readFileSync(file, "utf8"));
}

/**
 * The `contextDigest` that the official provider computes: SHA-256 over path, mode and content of
 * each file, the Dockerfile first under its standard name. The same digest from both providers means
 * that a change of provider rebuilds nothing.
 */
export function contextDigest(context: string, dockerfile: string): string {
  const total = createHash("sha256");
  const add = (path: string, mode: string, content: Buffer | string) => {
    total.update(path).update(mode).update(createHash("sha256").update(content).digest());
    total.update(Buffer.of(0));
  };
  // Its own mode and name are left out: a Dockerfile may lie outside the context, and moves freely.
  add("Dockerfile", fileModeText(0), readFileSync(dockerfile));
  for (const { path, location, stats } of listContext(
    context,
    readIgnoreRules(context, dockerfile),
  )) {
    if (stats.isDirectory()) continue;
    add(path, fileModeText(stats.mode), digestedContent(location, stats));
  }
  return total.digest("hex");
}

/** A link counts by the path it ends at, a file by its bytes, a socket or device by its presence. */
function digestedContent(location: string, stats: Stats): Buffer | string {
  if (stats.isFile()) return readFileSync(location);
  if (!stats.isSymbolicLink()) return "";
  const target = realpathSync(location);
  const absolute = isAbsolute(location) || isAbsolute(readlinkSync(location));
  return absolute ? target : relative(realpathSync("."), target);
}

function compareBytes(left: string, right: string): number {
  return Buffer.compare(Buffer.from(left), Buffer.from(right));
}
