import { readFile } from "node:fs/promises";
import { ResourceError } from "../../plugin/errors.ts";
import type { Properties, Value } from "../../plugin/values.ts";
import { describeFailure } from "../engine-error.ts";
import type { Engine } from "../engine.ts";
import { asBlocks, asBoolean, asText } from "../schema/read-values.ts";

/**
 * Copies the files of `uploads` into a container that has been made but not started.
 *
 * The engine refuses this for a read-only root file system, unless the file lies in a volume.
 */
export async function uploadFiles(
  engine: Engine,
  id: string,
  uploads: Value | undefined,
  signal: AbortSignal,
): Promise<void> {
  const entries = asBlocks(uploads);
  if (entries.length === 0) return;
  const file = await packUploads(entries);
  await engine
    .request("PUT", `/containers/${id}/archive`, { query: { path: "/" }, file, signal })
    .catch((error: unknown) => {
      throw describeFailure("Unable to upload content", error);
    });
}

/** Packs the files into one tar archive: mode 0644, or 0744 if executable, or as permissions say. */
async function packUploads(entries: readonly Properties[]): Promise<Buffer> {
  // Loaded on use: most runs upload nothing, and the plugin must be up quickly.
  const { pack: newPack } = await import("tar-stream");
  const pack = newPack();
  for (const entry of entries) {
    const permissions = asText(entry["permissions"]);
    const mode =
      permissions === ""
        ? asBoolean(entry["executable"])
          ? 0o744
          : 0o644
        : parseInt(permissions, 8);
    // Tar names are relative to where the archive is unpacked.
    const name = asText(entry["file"]).replace(/^\/+/, "");
    const header = {
      name,
      mode,
      mtime: new Date(),
      uid: numericId(entry, "owner"),
      gid: numericId(entry, "group"),
    };
    pack.entry(header, await contentOf(entry));
  }
  pack.finalize();
  const chunks: Buffer[] = [];
  for await (const chunk of pack as AsyncIterable<Buffer>) chunks.push(chunk);
  return Buffer.concat(chunks);
}

async function contentOf(entry: Properties): Promise<Buffer> {
  const [content, base64, source] = ["content", "contentBase64", "source"].map((name) =>
    asText(entry[name]),
  );
  const given = [content, base64, source].filter((value) => value !== "");
  if (given.length !== 1) {
    throw new ResourceError(
      `error with upload content of ${asText(entry["file"])}: exactly one of content, contentBase64 and source must be set`,
    );
  }
  if (content) return Buffer.from(content, "utf8");
  if (base64) return Buffer.from(base64, "base64");
  return readFile(source ?? "");
}

/** Owner and group must be numbers: the names of the container are unknown outside of it. */
function numericId(entry: Properties, field: "owner" | "group"): number {
  const text = asText(entry[field]);
  if (/^\d*$/.test(text)) return Number(text);
  throw new ResourceError(
    `error with upload of ${asText(entry["file"])}: ${field} is '${text}', but must be a numeric id`,
  );
}
