import { performance } from "node:perf_hooks";
import { createHash } from "node:crypto";
import { existsSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { withInstallLock } from "./install-lock.mjs";
import { missingPackages } from "./lockfile.mjs";
import { ExitError, notice } from "./notice.mjs";
import { spawnQuietly } from "./spawn-quietly.mjs";

/**
 * Makes node_modules match package-lock.json. A stamp inside node_modules holds the hash of the lock file that it was
 * made from, so that the usual start costs one file hash. Packages that someone installed with npm are used as they are.
 *
 * @param {string} root the clone's folder
 * @throws {ExitError} when npm is missing or fails; its output is in the message
 */
export async function ensurePackages(root) {
  if (isStamped(root)) return;
  await withInstallLock(root, async () => {
    // Another start may have installed them while this one waited for the lock.
    if (isStamped(root)) return;
    const reason = whyInstall(root);
    if (reason !== undefined) await install(root, reason);
    writeFileSync(stampPath(root), `${lockHash(root)}\n`);
  });
}

/** @returns {string | undefined} the reason in words, or undefined when the packages are there already */
function whyInstall(root) {
  if (!existsSync(join(root, "node_modules"))) return "there is no node_modules folder yet";
  const installed = join(root, "node_modules", ".package-lock.json");
  // npm writes this file as the last step of an install.
  if (!existsSync(installed)) return "an earlier installation did not finish";
  const missing = missingPackages(readJson(join(root, "package-lock.json")), readJson(installed));
  if (missing.length === 0) return undefined;
  const [first] = missing;
  return `${missing.length} of the packages in package-lock.json are missing or differ, ${first} for one`;
}

async function install(root, reason) {
  notice(`Installing npm packages: ${reason}. This takes up to a minute.`);
  rmSync(stampPath(root), { force: true });
  const started = performance.now();
  const { code, signal, output } = await spawnQuietly(npmCommand(), root);
  if (signal !== null)
    throw new ExitError("The installation of npm packages was interrupted.", signal);
  if (code !== 0) {
    throw new ExitError(
      `${output}\nInstalling npm packages failed: \`npm ci\` in ${root} ended with exit code ${code}; ` +
        "its output is above. Is the npm registry reachable, and is the disk not full?",
      1,
    );
  }
  notice(`Installed npm packages in ${Math.round((performance.now() - started) / 1000)} s.`);
}

/**
 * Install scripts are left out: no package of ours needs one, and npm 11 asks for approval. Development packages are
 * always included, whatever NODE_ENV says, or the stamp would depend on who installed first.
 */
function npmCommand() {
  const args = [
    "ci",
    "--ignore-scripts",
    "--no-audit",
    "--no-fund",
    "--include=dev",
    "--include=optional",
  ];
  const { npm_execpath: npmScript } = process.env;
  if (npmScript?.endsWith("npm-cli.js") && existsSync(npmScript)) {
    return [process.execPath, npmScript, ...args];
  }
  return ["npm", ...args];
}

function isStamped(root) {
  const stamp = stampPath(root);
  return existsSync(stamp) && readFileSync(stamp, "utf8").trim() === lockHash(root);
}

function stampPath(root) {
  return join(root, "node_modules", ".astratrade-lock");
}

function lockHash(root) {
  return createHash("sha256")
    .update(readFileSync(join(root, "package-lock.json")))
    .digest("hex");
}

function readJson(path) {
  return JSON.parse(readFileSync(path, "utf8"));
}
