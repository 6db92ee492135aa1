import type { Engine } from "../engine.ts";

/**
 * What a container has written, as text, standard output and error together.
 *
 * @param tail the last lines only
 * @default all of it, up to {@link MOST_BYTES}
 */
export async function readLogs(
  engine: Engine,
  id: string,
  { tail, signal }: { readonly tail?: number; readonly signal: AbortSignal },
): Promise<string> {
  const query = { stdout: true, stderr: true, tail: tail ?? "all" };
  const stream = await engine.request<AsyncIterable<Buffer>>("GET", `/containers/${id}/logs`, {
    query,
    stream: true,
    signal,
  });
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of stream) {
    chunks.push(chunk);
    size += chunk.length;
    if (size > MOST_BYTES) break;
  }
  return demultiplex(Buffer.concat(chunks));
}

const MOST_BYTES = 4 * 1024 * 1024;

const HEADER_BYTES = 8;

/**
 * Takes the frames apart in which the engine wraps standard output and error: one byte for the
 * stream, three zeros, four bytes for the length. A container with a terminal writes no frames.
 */
export function demultiplex(bytes: Buffer): string {
  const parts: string[] = [];
  let at = 0;
  while (at + HEADER_BYTES <= bytes.length) {
    const isFrame = (bytes[at] ?? 3) <= 2 && bytes.readUIntBE(at + 1, 3) === 0;
    if (!isFrame) break;
    const length = bytes.readUInt32BE(at + 4);
    parts.push(bytes.toString("utf8", at + HEADER_BYTES, at + HEADER_BYTES + length));
    at += HEADER_BYTES + length;
  }
  return parts.join("") + bytes.toString("utf8", Math.min(at, bytes.length));
}
