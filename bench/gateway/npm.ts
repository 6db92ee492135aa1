import { cp, mkdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import type { Cache } from "./peer.ts";
import { run } from "./process.ts";

/**
 * Installs a peer's npm packages into the cache, in the versions of its lock file, without running any script of theirs. The
 * peer's programs are copied beside them.
 */
export async function npmInstall({ dir, peersDir }: Cache, peer: string): Promise<void> {
  const target = join(dir, "npm", peer);
  await mkdir(target, { recursive: true });
  const lock = "package-lock.json";
  const wanted = await readFile(join(peersDir, peer, lock), "utf8");
  const installed = await readFile(join(target, lock), "utf8").catch(() => "");
  await cp(join(peersDir, peer), target, { recursive: true });
  if (installed === wanted) return;
  await run("npm", ["ci", "--ignore-scripts", "--no-audit", "--no-fund"], { cwd: target });
}
