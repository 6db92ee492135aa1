import { createHash, randomUUID } from "node:crypto";
import { mkdirSync, rmSync } from "node:fs";
import { homedir, hostname } from "node:os";
import { isAbsolute, join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { createLockFile, readLockFile, takeOverLockFile } from "./lock-file.mjs";
import { ExitError, notice } from "./notice.mjs";
import { startOfProcess } from "./process-identity.mjs";

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
  const token = JSON.stringify({
    pid: process.pid,
    started: startOfProcess(process.pid),
    host: hostname(),
    id: randomUUID(),
  });
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
  while (!createLockFile(file, token)) {
    const holder = readLockFile(file);
    if (holder === undefined) continue;
    if (isStale(holder)) {
      if (takeOverLockFile(file, holder, token, isStale)) return;
    } else {
      const { pid } = JSON.parse(holder);
      refuseAfter(giveUpAt, pid, file);
      if (!told) {
        notice(`Process ${pid} is installing npm packages for this clone; waiting for it.`);
      }
      told = true;
    }
    await delay(pollMs);
  }
}

function refuseAfter(giveUpAt, pid, file) {
  if (Date.now() <= giveUpAt) return;
  throw new ExitError(
    `Process ${pid} has been installing npm packages for more than ten minutes. ` +
      `If it hangs, end it; if it is none of ours, delete ${file}.`,
    1,
  );
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
  const started = startOfProcess(owner.pid);
  return started === undefined || (owner.started !== undefined && owner.started !== started);
}

function releaseIfOurs(file, token) {
  if (readLockFile(file) === token) rmSync(file, { force: true });
}

/** The same cache folder as in cli/paths.ts, which cannot be imported here: it is TypeScript. */
function lockFile(root) {
  const { ASTRATRADE_CACHE, XDG_CACHE_HOME } = process.env;
  if (ASTRATRADE_CACHE && !isAbsolute(ASTRATRADE_CACHE)) {
    throw new ExitError(
      `ASTRATRADE_CACHE is "${ASTRATRADE_CACHE}"; it must be an absolute path, for instance /var/cache/astratrade.`,
      2,
    );
  }
  const xdgCache =
    XDG_CACHE_HOME && isAbsolute(XDG_CACHE_HOME) ? XDG_CACHE_HOME : join(homedir(), ".cache");
  const cache = ASTRATRADE_CACHE || join(xdgCache, "astratrade");
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
