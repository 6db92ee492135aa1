import type Docker from "dockerode";
import { extract } from "tar-stream";
import { isNotFound } from "../../validation/probes/not-found.ts";
import type { LiveFile } from "./live.ts";

/** Far above any configuration file; whatever is larger is none of ours. */
const longestFile = 8 * 1024 * 1024;

/**
 * Reads one file out of a container, running or not.
 * @throws what the engine says, but for a path that is not there
 */
export async function readContainerFile(
  container: Docker.Container,
  path: string,
  signal: AbortSignal,
): Promise<LiveFile> {
  let archive: NodeJS.ReadableStream;
  try {
    archive = await container.getArchive({ path, abortSignal: signal });
  } catch (error) {
    if (isNotFound(error)) return { kind: "missing" };
    throw error;
  }
  return await firstEntry(archive);
}

/** The archive of a path has the file itself first; of a folder, what is in it follows and is left unread. */
async function firstEntry(archive: NodeJS.ReadableStream): Promise<LiveFile> {
  const entries = archive.pipe(extract());
  // An end in the middle would leave the reader of the entries waiting.
  archive.once("error", (error: Error) => entries.destroy(error));
  for await (const entry of entries) {
    const { type, mode, size } = entry.header;
    if (type !== "file" && type !== "contiguous-file") return { kind: "other", what: kindOf(type) };
    if (size > longestFile) {
      return { kind: "other", what: `larger than ${longestFile / 1024 / 1024} MiB` };
    }
    const chunks: Buffer[] = [];
    for await (const chunk of entry) chunks.push(chunk as Buffer);
    return { kind: "file", content: Buffer.concat(chunks), mode: mode & 0o7777 };
  }
  return { kind: "missing" };
}

function kindOf(type: string | null | undefined): string {
  if (type === "directory") return "a folder";
  return type === "symlink" ? "a link" : "no file";
}
