import { mkdir, open, readdir, rename, rm, stat, symlink } from "node:fs/promises";
import { join } from "node:path";

export interface ReportFiles {
  /** Folder that keeps the reports of all stacks. */
  readonly root: string;
  readonly stack: string;
  readonly startedAt: Date;
  readonly runId: string;
  /** File name to content. */
  readonly files: Readonly<Record<string, string>>;
  /** How many runs of the stack are kept. @default 50 */
  readonly keep?: number;
  /** Makes a symbolic link. @default the file system's own */
  readonly link?: (target: string, path: string, type: "dir") => Promise<void>;
}

/**
 * Writes one run's files to `<root>/<stack>/<time>-<run>/`, points `latest` at it and removes the oldest runs. The folder
 * appears with all its files or not at all, also when the process or the machine stops in between.
 * @returns the folder
 */
export async function writeReport(report: ReportFiles): Promise<string> {
  const { root, stack, startedAt, runId, files, keep = 50, link = symlink } = report;
  const stackFolder = join(root, stack.replaceAll(/[^\w.-]/g, "_").replace(/^\.+/, "_"));
  const name = `${startedAt.toISOString().replaceAll(/[-:]|\.\d+/g, "")}-${runId.slice(0, 8)}`;
  const unfinished = join(stackFolder, `${unfinishedPrefix}${name}`);
  await mkdir(unfinished, { recursive: true });
  try {
    for (const [file, content] of Object.entries(files)) {
      await writeSynced(join(unfinished, file), content);
    }
    await rename(unfinished, join(stackFolder, name));
  } catch (error) {
    await rm(unfinished, { recursive: true, force: true });
    throw error;
  }
  await pointLatest(stackFolder, name, link);
  await removeOld(stackFolder, keep);
  return join(stackFolder, name);
}

const unfinishedPrefix = ".unfinished-";
const runFolder = /^\d{8}T\d{6}Z-[\w-]{1,8}$/;

async function writeSynced(path: string, content: string): Promise<void> {
  const file = await open(path, "w");
  try {
    await file.writeFile(content);
    // A rename can reach the disk before the content does.
    await file.sync();
  } finally {
    await file.close();
  }
}

/** A symbolic link, or where there are none a file with the name in it. */
async function pointLatest(
  stackFolder: string,
  name: string,
  link: NonNullable<ReportFiles["link"]>,
): Promise<void> {
  const pointer = join(stackFolder, `${unfinishedPrefix}latest-${name}`);
  try {
    await link(name, pointer, "dir");
  } catch (error) {
    if (!isRefusedLink(error)) throw error;
    await writeSynced(pointer, `${name}\n`);
  }
  await rename(pointer, join(stackFolder, "latest"));
}

function isRefusedLink(error: unknown): boolean {
  const code = error instanceof Error && "code" in error ? error.code : undefined;
  return code === "EPERM" || code === "ENOSYS" || code === "ENOTSUP";
}

/** Names begin with the time, so the oldest come first. */
async function removeOld(stackFolder: string, keep: number): Promise<void> {
  const entries = await readdir(stackFolder);
  const runs = entries.filter((entry) => runFolder.test(entry)).sort();
  const stale: string[] = [];
  for (const entry of entries.filter((it) => it.startsWith(unfinishedPrefix))) {
    if (await isOlderThanAnHour(join(stackFolder, entry))) stale.push(entry);
  }
  for (const entry of [...runs.slice(0, Math.max(0, runs.length - keep)), ...stale]) {
    await rm(join(stackFolder, entry), { recursive: true, force: true });
  }
}

/** What a run that was killed left behind; a younger one may be at work. */
async function isOlderThanAnHour(path: string): Promise<boolean> {
  try {
    return Date.now() - (await stat(path)).mtimeMs > 3_600_000;
  } catch {
    return false;
  }
}
