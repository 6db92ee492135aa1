import { LRUCache } from "lru-cache";
import type { Clock } from "../../kit/clock.ts";
import type { Capture, Exchange, Target } from "../stage.ts";
import { mayBeKept } from "./may-be-kept.ts";

/** The last good answer of a service to a request like this one. */
export interface StaleAnswer {
  readonly contentType: string;
  readonly body: Buffer;
  readonly ageSeconds: number;
}

/** The place of one request's answer among those that are kept. */
export interface StalePlace extends Capture {
  /** @returns undefined where there is none, or only one that is too old */
  find(): StaleAnswer | undefined;
}

export interface StaleAnswers {
  /** @returns undefined where the answer to this request is never kept */
  placeOf(exchange: Exchange, target: Target): StalePlace | undefined;
}

const maxBodyBytes = 64 * 1024;
const maxTotalBytes = 8 * 1024 * 1024;
/** What an entry costs beside its key and its body. */
const entryBytes = 500;
/** Prices and rankings that are older help nobody. */
const maxAgeMs = 15 * 60_000;

interface Kept {
  readonly contentType: string;
  readonly body: Buffer;
  readonly atMs: number;
}

/**
 * Last good answers (GET, 200, up to 64 KiB) on routes whose rule has `staleOk`, by path and query; 8 MiB in all. Nothing is kept
 * of a request with `Authorization` unless the service says that the answer is public, and nothing that it does not want kept.
 * @param clock must not go backwards
 */
export function createStaleAnswers(clock: Clock): StaleAnswers {
  const answers = new LRUCache<string, Kept>({
    maxSize: maxTotalBytes,
    sizeCalculation: ({ body }, key) => entryBytes + 2 * key.length + body.length,
  });

  function find(key: string): StaleAnswer | undefined {
    const kept = answers.get(key);
    if (kept === undefined) return undefined;
    const ageMs = clock.nowMs() - kept.atMs;
    if (ageMs > maxAgeMs) return undefined;
    const { contentType, body } = kept;
    return { contentType, body, ageSeconds: Math.floor(ageMs / 1000) };
  }

  return {
    placeOf: ({ request, query }, target) => {
      if (target.rule?.staleOk !== true || request.method !== "GET") return undefined;
      const isAuthorized = request.headers.authorization !== undefined;
      // What is kept for those who say who they are is public, and what is not is never found by them.
      const key = `${isAuthorized ? "public " : ""}${target.path}${query}`;
      let contentType: string | undefined;
      let chunks: Buffer[] = [];
      let bytes = 0;
      return {
        find: () => find(key),
        head: (status, fields) => {
          contentType = undefined;
          chunks = [];
          bytes = 0;
          if (status === 200) contentType = mayBeKept(fields, isAuthorized);
          const isOutage = status === 502 || status === 503 || status === 504;
          return !isOutage || find(key) === undefined;
        },
        data: (chunk) => {
          if (contentType === undefined) return;
          bytes += chunk.length;
          chunks.push(chunk);
          if (bytes <= maxBodyBytes) return;
          contentType = undefined;
          chunks = [];
        },
        end: () => {
          if (contentType === undefined) return;
          // A copy, since the chunks are views of larger buffers.
          answers.set(key, { contentType, body: Buffer.concat(chunks), atMs: clock.nowMs() });
        },
      };
    },
  };
}
