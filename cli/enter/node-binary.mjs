import { spawnSync } from "node:child_process";
import { existsSync } from "node:fs";
import { join } from "node:path";
import { ExitError } from "./notice.mjs";

const wantedMajor = 24;

/**
 * Finds the Node that runs our tools: the one from the npm package of this platform, else the Node that runs this
 * script, if it is 24 or a later release line with long-term support.
 *
 * @param {string} root the clone's folder
 * @returns {string} absolute path of the binary
 * @throws {ExitError} when there is neither
 */
export function findNode(root) {
  const { platform, arch } = process;
  const packaged = join(root, "node_modules", `node-${platform}-${arch}`, "bin", "node");
  if (existsSync(packaged) && (isGlibcSystem() || runs(packaged))) return packaged;
  if (isRecentEnough(process.versions.node, process.release)) return process.execPath;
  throw new ExitError(
    `The tools need Node ${wantedMajor}; this is Node ${process.versions.node}, and there is no npm package with a Node ` +
      `binary for ${platform}-${arch}. Install Node ${wantedMajor} (nodejs.org, or your version manager) and try again.`,
    2,
  );
}

/** A release without long-term support is refused: the tools are not tested on it. */
export function isRecentEnough(version, release) {
  const major = Number(version.split(".")[0]);
  return major === wantedMajor || (major > wantedMajor && release.lts !== undefined);
}

/** The npm package is linked against glibc. Asking the running Node is free, starting the binary costs 40 ms. */
function isGlibcSystem() {
  if (process.platform !== "linux") return false;
  // Without network interfaces the report is made in about a millisecond; with them it looks names up.
  process.report.excludeNetwork = true;
  return process.report.getReport().header.glibcVersionRuntime !== undefined;
}

function runs(binary) {
  return spawnSync(binary, ["--version"], { stdio: "ignore", timeout: 10_000 }).status === 0;
}
