import { statfsSync, statSync } from "node:fs";
import { dirname } from "node:path";
import type { DiskLook, DiskUse } from "../facts.ts";

/**
 * Looks at the file systems that folders lie on; folders on one file system become one entry. For a folder that is not
 * there yet its nearest parent counts; one that cannot be seen is left out.
 */
export function probeDisks(folders: readonly (readonly [DiskUse, string])[]): DiskLook[] {
  const byDevice = new Map<number, { uses: DiskUse[]; path: string }>();
  for (const [use, folder] of folders) {
    const path = nearest(folder);
    if (path === null) continue;
    const { dev } = statSync(path);
    const entry = byDevice.get(dev);
    if (entry === undefined) byDevice.set(dev, { uses: [use], path: folder });
    else entry.uses.push(use);
  }
  return [...byDevice.values()].map(({ uses, path }) => {
    const { bsize, bavail, files, ffree } = statfsSync(nearest(path) ?? "/");
    return {
      uses,
      path,
      freeBytes: bsize * bavail,
      // File systems without a table of files, such as btrfs, say zero of zero.
      freeFiles: files === 0 ? null : ffree,
    };
  });
}

function nearest(folder: string): string | null {
  for (let path = folder; ; path = dirname(path)) {
    try {
      statSync(path);
      return path;
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== "ENOENT" || path === dirname(path)) return null;
    }
  }
}
