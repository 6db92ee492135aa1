import { createHash } from "node:crypto";
import { createWriteStream, mkdirSync } from "node:fs";
import { dirname } from "node:path";
import { Transform } from "node:stream";
import { pipeline } from "node:stream/promises";
import { EnvHttpProxyAgent, fetch, type Response } from "undici";

/** The other end cannot be reached, or does not have it; the message says which. */
export class NotDownloadable extends Error {
  override readonly name = "NotDownloadable";
}

export interface DownloadOptions {
  /** Until the answer begins; past it, the host counts as not reachable. @default 5000 */
  readonly answerWithinMs?: number;
  /** Longest pause in the middle. @default 30000 */
  readonly stallMs?: number;
  readonly report?: (text: string) => void;
}

/** Honours HTTP_PROXY, HTTPS_PROXY and NO_PROXY, which Node's own fetch does not. */
const dispatcher = new EnvHttpProxyAgent();

/**
 * Downloads into a file.
 *
 * @returns the SHA-256 of what was written, in hexadecimal
 * @throws NotDownloadable when the host does not answer in time, answers with an error, or stops in the middle
 */
export async function download(
  url: string,
  path: string,
  options: DownloadOptions = {},
): Promise<string> {
  const { stallMs = 30_000, report } = options;
  const abort = new AbortController();
  const response = await open(url, abort, options);
  const total = Number(response.headers.get("content-length") ?? Number.NaN);
  const hash = createHash("sha256");
  let received = 0;
  let stall = setTimeout(() => undefined, 0);
  const watch = new Transform({
    transform(chunk: Buffer, _encoding, done) {
      clearTimeout(stall);
      stall = setTimeout(
        () => abort.abort(new Error(`nothing came for ${stallMs / 1000} s`)),
        stallMs,
      );
      hash.update(chunk);
      received += chunk.length;
      report?.(describeProgress(received, total));
      done(null, chunk);
    },
  });
  mkdirSync(dirname(path), { recursive: true });
  try {
    await pipeline(response.body ?? [], watch, createWriteStream(path));
  } catch (error) {
    throw new NotDownloadable(`${url}: ${reasonOf(error)}`, { cause: error });
  } finally {
    clearTimeout(stall);
  }
  return hash.digest("hex");
}

/**
 * Downloads a small text.
 *
 * @returns undefined when the host says that there is none
 * @throws NotDownloadable as above
 */
export async function downloadText(
  url: string,
  options: DownloadOptions = {},
): Promise<string | undefined> {
  const abort = new AbortController();
  const response = await open(url, abort, options, [403, 404]);
  if (!response.ok) {
    await response.body?.cancel();
    return undefined;
  }
  return await response.text();
}

/** Whether any of some addresses answers over HTTP at all; what it answers does not matter. */
export async function anyAnswers(
  urls: readonly string[],
  options: DownloadOptions = {},
): Promise<boolean> {
  const asked = urls.map(async (url) => {
    const { answerWithinMs = 5000 } = options;
    const signal = AbortSignal.timeout(answerWithinMs);
    const response = await fetch(url, { method: "HEAD", dispatcher, signal });
    if (response.status >= 500) throw new Error(`HTTP ${response.status}`);
  });
  return await Promise.any(asked).then(
    () => true,
    () => false,
  );
}

async function open(
  url: string,
  abort: AbortController,
  { answerWithinMs = 5000 }: DownloadOptions,
  allowed: readonly number[] = [],
): Promise<Response> {
  const deadline = setTimeout(
    () => abort.abort(new Error(`no answer within ${answerWithinMs / 1000} s`)),
    answerWithinMs,
  );
  try {
    const response = await fetch(url, { dispatcher, signal: abort.signal });
    if (response.ok || allowed.includes(response.status)) return response;
    await response.body?.cancel();
    throw new Error(`HTTP ${response.status}`);
  } catch (error) {
    throw new NotDownloadable(`${url}: ${reasonOf(error)}`, { cause: error });
  } finally {
    clearTimeout(deadline);
  }
}

/** undici says "fetch failed" and keeps the reason in the cause. */
function reasonOf(error: unknown): string {
  const { message, cause } = error as Error;
  if (!(cause instanceof Error)) return message;
  const { code } = cause as NodeJS.ErrnoException;
  return cause.message || (code ?? message);
}

function describeProgress(received: number, total: number): string {
  const megabytes = (bytes: number): string => `${(bytes / 1e6).toFixed(0)} MB`;
  return Number.isNaN(total)
    ? megabytes(received)
    : `${megabytes(received)} of ${megabytes(total)}`;
}
