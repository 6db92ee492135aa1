import { mkdir } from "node:fs/promises";
import { cache } from "./bench.ts";
import { installDebian } from "./debian.ts";
import { installLoad } from "./load.ts";
import type { Peer } from "./peer.ts";

/** Brings everything into the cache that a run needs; what is there stays, but our own gateway is built anew. */
export async function install(peers: readonly Peer[]): Promise<void> {
  await mkdir(cache.dir, { recursive: true });
  await installDebian(cache);
  await installLoad(cache);
  for (const peer of peers) {
    try {
      await peer.install(cache);
    } catch (cause) {
      throw new Error(`${peer.title} could not be installed.`, { cause });
    }
  }
}
