import { createHash, randomUUID } from "node:crypto";
import { linkSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";

/**
 * Makes a lock file, unless it is there already. The whole content is written before the name exists: nobody ever reads
 * half a lock.
 *
 * @param {string} file
 * @param {string} text
 * @returns {boolean} whether it was made
 */
export function createLockFile(file, text) {
  const draft = `${file}.${randomUUID()}`;
  writeFileSync(draft, text, { mode: 0o600 });
  try {
    linkSync(draft, file);
    return true;
  } catch (error) {
    if (error.code === "EEXIST") return false;
    throw error;
  } finally {
    rmSync(draft, { force: true });
  }
}

/**
 * Replaces the lock of an owner that is gone. Of several that try, one gets it: each first makes a file that stands for
 * the old content, and looks again whether it still is what the lock holds.
 *
 * @param {string} file
 * @param {string} expected content that the owner who is gone has left
 * @param {string} text content of the new owner
 * @param {(guard: string) => boolean} isGone whether the owner of such a content is gone
 * @returns {boolean} whether the lock is the new owner's now
 */
export function takeOverLockFile(file, expected, text, isGone) {
  const name = createHash("sha256").update(expected).digest("hex").slice(0, 16);
  const guard = `${file}.${name}.takeover`;
  if (!createLockFile(guard, text)) {
    const other = readLockFile(guard);
    if (other !== undefined && isGone(other)) rmSync(guard, { force: true });
    return false;
  }
  try {
    if (readLockFile(file) !== expected) return false;
    replaceLockFile(file, text);
    return true;
  } finally {
    rmSync(guard, { force: true });
  }
}

/**
 * Changes the content of a lock that is ours.
 *
 * @param {string} file
 * @param {string} text
 */
export function replaceLockFile(file, text) {
  const draft = `${file}.${randomUUID()}`;
  writeFileSync(draft, text, { mode: 0o600 });
  renameSync(draft, file);
}

/**
 * @param {string} file
 * @returns {string | undefined} undefined when there is no lock
 */
export function readLockFile(file) {
  try {
    return readFileSync(file, "utf8");
  } catch (error) {
    if (error.code === "ENOENT") return undefined;
    throw error;
  }
}
