import { createHash } from "node:crypto";
import { createReadStream, existsSync, readFileSync, readlinkSync } from "node:fs";
import { isAbsolute, join, relative, resolve, sep } from "node:path";
import { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import { pack, type Header, type Pack } from "tar-stream";
import { listContext, readIgnoreRules, type ContextEntry } from "./build-context.ts";
import type { IgnoreRules } from "./build-ignore.ts";

/** A build context as the engine takes it. */
export interface ContextArchive {
  /** A tar archive. Destroyed with the error if a file cannot be read. */
  readonly stream: Readable;
  /** The Dockerfile's name in the archive. */
  readonly dockerfile: string;
}

/**
 * Packs a build context, with everything owned by root, as `docker build` sends it. What the ignore
 * file leaves out stays at home, except for the Dockerfile and the ignore file itself: the engine
 * needs both, and keeps them out of the image by the ignore file's own rules. A Dockerfile from
 * outside of the context goes in under a name that no `COPY` can meet.
 */
export function packContext(context: string, dockerfile: string): ContextArchive {
  const inside = relativeDockerfile(context, dockerfile);
  const isOutside = inside.startsWith("../") || isAbsolute(inside);
  const text = readFileSync(dockerfile);
  const name = isOutside
    ? `.dockerfile.${createHash("sha256").update(text).digest("hex").slice(0, 20)}`
    : inside;
  const rules = keepBuildFiles(readIgnoreRules(context, dockerfile), name);
  const entries = listContext(context, rules).filter(
    ({ path }) => !(isOutside && path === IGNORE_FILE),
  );
  const extra = isOutside
    ? [
        { name, content: text },
        { name: IGNORE_FILE, content: Buffer.from(`${ignoreText(context)}\n${name}\n`) },
      ]
    : [];
  const archive = pack();
  writeEntries(archive, entries, extra).catch((error: unknown) => archive.destroy(error as Error));
  return { stream: Readable.from(archive, { objectMode: false }), dockerfile: name };
}

/** The Dockerfile's path as seen from the context, with `/`; it begins with `../` if it is outside. */
export function relativeDockerfile(context: string, dockerfile: string): string {
  return relative(resolve(context), resolve(dockerfile)).split(sep).join("/");
}

const IGNORE_FILE = ".dockerignore";

function ignoreText(context: string): string {
  const file = join(context, IGNORE_FILE);
  return existsSync(file) ? readFileSync(file, "utf8") : "";
}

function keepBuildFiles(rules: IgnoreRules, dockerfile: string): IgnoreRules {
  return {
    ignores: (path) => path !== dockerfile && path !== IGNORE_FILE && rules.ignores(path),
    mayReinclude: (directory) =>
      dockerfile.startsWith(`${directory}/`) || rules.mayReinclude(directory),
  };
}

async function writeEntries(
  archive: Pack,
  entries: readonly ContextEntry[],
  extra: readonly { readonly name: string; readonly content: Buffer }[],
): Promise<void> {
  for (const { name, content } of extra) {
    archive.entry({ name, mode: 0o644, mtime: new Date(0) }, content);
  }
  for (const { path, location, stats } of entries) {
    const header: Partial<Header> & Pick<Header, "name"> = {
      name: path,
      mode: stats.mode & 0o7777,
      mtime: stats.mtime,
    };
    if (stats.isDirectory()) {
      archive.entry({ ...header, type: "directory" });
    } else if (stats.isSymbolicLink()) {
      archive.entry({ ...header, type: "symlink", linkname: readlinkSync(location) });
    } else if (stats.isFile()) {
      const entry = archive.entry({ ...header, size: stats.size });
      await pipeline(createReadStream(location), entry);
    }
    // A socket or a device cannot be built from; `docker build` leaves it out as well.
  }
  archive.finalize();
}
