import { createHash, randomUUID } from "node:crypto";
import { linkSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { homedir, hostname } from "node:os";
import { join, resolve } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { ExitError, notice } from "./notice.mjs";

const pollMs = 200;
const deadlineMs = 10 * 60_000;

/**
 * Runs `work` while no other start of the same clone installs packages. The lock is a file that names its owner, in the
 * cache folder, because npm empties node_modules. It is given up when the owner is no longer alive.
 *
 * @param {string} root the clone's folder
 * @param {() => Promise<void>} work
 * @throws {ExitError} when the lock is still held after ten minutes
 */
export async function withInstallLock(root, work) {
  const file = lockFile(root);
  const token = JSON.stringify({ pid: process.pid, host: hostname(), id: randomUUID() });
  await acquire(file, token);
  // A signal during npm's run is handled there; this covers every other way out.
  const release = () => releaseIfOurs(file, token);
  process.once("exit", release);
  try {
    await work();
  } finally {
    process.off("exit", release);
    release();
  }
}

async function acquire(file, token) {
  const giveUpAt = Date.now() + deadlineMs;
  let told = false;
  while (!create(file, token)) {
    const holder = read(file);
    if (holder === undefined || isStale(holder)) {
      if (holder !== undefined) takeAway(file, holder);
      continue;
    }
    const { pid } = JSON.parse(holder);
    if (Date.now() > giveUpAt) {
      throw new ExitError(
        `Process ${pid} has been installing npm packages for more than ten minutes. ` +
          `If it hangs, end it; if it is none of ours, delete ${file}.`,
        1,
      );
    }
    if (!told) notice(`Process ${pid} is installing npm packages for this clone; waiting for it.`);
    told = true;
    await delay(pollMs);
  }
}

/** Writes the whole content before the name exists: nobody ever reads half a lock. */
function create(file, token) {
  const draft = `${file}.${randomUUID()}`;
  writeFileSync(draft, token);
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

function isStale(holder) {
  let owner;
  try {
    owner = JSON.parse(holder);
  } catch {
    return true;
  }
  // A home folder may be shared between machines; another machine's processes cannot be asked.
  if (owner.host !== hostname()) return false;
  try {
    process.kill(owner.pid, 0);
    return false;
  } catch (error) {
    return error.code === "ESRCH";
  }
}

/** Renaming is atomic, so only one of several waiters gets the file; if it was a new owner's by then, it goes back. */
function takeAway(file, expected) {
  const aside = `${file}.${randomUUID()}`;
  try {
    renameSync(file, aside);
  } catch (error) {
    if (error.code === "ENOENT") return;
    throw error;
  }
  if (read(aside) === expected) rmSync(aside, { force: true });
  else renameSync(aside, file);
}

function releaseIfOurs(file, token) {
  if (read(file) === token) rmSync(file, { force: true });
}

function read(file) {
  try {
    return readFileSync(file, "utf8");
  } catch (error) {
    if (error.code === "ENOENT") return undefined;
    throw error;
  }
}

/** The same cache folder as in cli/paths.ts, which cannot be imported here: it is TypeScript. */
function lockFile(root) {
  const { ASTRATRADE_CACHE, XDG_CACHE_HOME } = process.env;
  const cache = ASTRATRADE_CACHE
    ? resolve(ASTRATRADE_CACHE)
    : join(XDG_CACHE_HOME || join(homedir(), ".cache"), "astratrade");
  const folder = join(cache, "locks");
  try {
    mkdirSync(folder, { recursive: true });
  } catch (error) {
    throw new ExitError(
      `Cannot make the cache folder ${folder}: ${error.message}. ASTRATRADE_CACHE moves it elsewhere.`,
      1,
    );
  }
  const name = createHash("sha256").update(root).digest("hex").slice(0, 16);
  return join(folder, `install-${name}.lock`);
}
