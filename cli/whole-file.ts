import { randomUUID } from "node:crypto";
import { closeSync, fsyncSync, mkdirSync, openSync, renameSync, rmSync, writeSync } from "node:fs";
import { dirname } from "node:path";

/** Writes a file for the user's eyes only, as a whole: whoever reads it meanwhile gets the old one or the new one. */
export function writeWholeFile(path: string, content: string): void {
  mkdirSync(dirname(path), { recursive: true, mode: 0o700 });
  const draft = `${path}.${randomUUID()}`;
  try {
    writeSynced(draft, content);
    renameSync(draft, path);
  } finally {
    rmSync(draft, { force: true });
  }
}

/** Writes a JSON document as a whole, as people like to read it. */
export function writeJsonFile(path: string, document: unknown): void {
  writeWholeFile(path, `${JSON.stringify(document, null, 2)}\n`);
}

/** A rename can reach the disk before the content does, so the content is waited for. */
export function writeSynced(path: string, content: string | Buffer): void {
  const file = openSync(path, "w", 0o600);
  try {
    const bytes = typeof content === "string" ? Buffer.from(content) : content;
    for (let written = 0; written < bytes.length;) {
      written += writeSync(file, bytes, written);
    }
    fsyncSync(file);
  } finally {
    closeSync(file);
  }
}
