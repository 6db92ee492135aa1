import { type CryptoKey, importJWK } from "jose";
import { Pool } from "undici";
import { z } from "zod";
import type { Clock } from "../../kit/clock.ts";
import { describeCauses, Problem } from "../../kit/errors.ts";
import type { Logger } from "../../kit/logger.ts";

/** The public keys that tokens are signed with, by key id. */
export interface KeySet {
  /**
   * The key with this id. One that is not known is looked for where the keys are, but not more often than the cooldown lets:
   * ids are the client's to invent.
   * @returns undefined when there is no such key
   * @throws Problem `keys_unavailable` when no key was ever read, since then nobody can tell
   */
  find(keyId: string): Promise<CryptoKey | undefined>;
  /**
   * Calls back when a key that was known is no longer published, or another one stands under its id: what it signed is not valid
   * any more.
   */
  onWithdrawn(listener: () => void): void;
  stop(): void;
}

export interface KeySetOptions {
  readonly url: string;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly timing?: Partial<KeySetTiming>;
}

export interface KeySetTiming {
  /** Longest wait for the answer. */
  readonly deadlineMs: number;
  /** Between two looks while all is well. A key that is withdrawn is believed for so long. */
  readonly refreshMs: number;
  /** Between two looks while they fail, and at least between two looks for ids that are not known. */
  readonly cooldownMs: number;
}

const defaultTiming: KeySetTiming = { deadlineMs: 2000, refreshMs: 60_000, cooldownMs: 5000 };

/**
 * Reads a JSON Web Key Set (RFC 7517) at once, again and again in the background, and when a token names a key that is not
 * in it: so a new key works as soon as a token signed with it comes. While the endpoint is away the last good set stays.
 */
export function watchKeySet({ url, clock, logger, timing: overrides }: KeySetOptions): KeySet {
  const timing = { ...defaultTiming, ...overrides };
  const withdrawn: (() => void)[] = [];
  let keys: PublishedKeys | undefined;
  let running: Promise<void> | undefined;
  let lookedAtMs = Number.NEGATIVE_INFINITY;
  let isFailing = false;
  let stopped = false;
  let timer: NodeJS.Timeout | undefined;

  /** One at a time; never rejects. */
  function look(): Promise<void> {
    clearTimeout(timer);
    lookedAtMs = clock.nowMs();
    running ??= readKeys(url, timing.deadlineMs)
      .then(take, miss)
      .finally(() => {
        running = undefined;
        if (stopped) return;
        timer = setTimeout(() => void look(), isFailing ? timing.cooldownMs : timing.refreshMs);
        timer.unref();
      });
    return running;
  }

  function take(read: PublishedKeys): void {
    const before = keys ?? none;
    keys = read;
    if (isFailing) logger.info({ url }, "the keys of tokens are there again");
    isFailing = false;
    const added = idsMissing(read, before);
    const gone = idsMissing(before, read);
    if (added.length + gone.length > 0) {
      logger.info({ keys: [...read.keys()], added, gone }, "keys of tokens");
    }
    if (gone.length > 0) for (const listener of withdrawn) listener();
  }

  function miss(error: unknown): void {
    if (!isFailing) {
      const stays = keys === undefined ? "no token can be checked" : "the last keys stay";
      logger.warn({ url, reason: describeCauses(error) }, `the keys cannot be read; ${stays}`);
    }
    isFailing = true;
  }

  void look();

  return {
    find: async (keyId) => {
      const known = keys?.get(keyId);
      if (known !== undefined) return known.key;
      if (running !== undefined) await running;
      else if (clock.nowMs() - lookedAtMs >= timing.cooldownMs) await look();
      if (keys === undefined) throw new Problem("keys_unavailable", { retryAfterSeconds: 5 });
      return keys.get(keyId)?.key;
    },
    onWithdrawn: (listener) => {
      withdrawn.push(listener);
    },
    stop: () => {
      stopped = true;
      clearTimeout(timer);
    },
  };
}

/** Keys by their id, with what tells one from another. */
type PublishedKeys = ReadonlyMap<string, { readonly key: CryptoKey; readonly x: string }>;

const none: PublishedKeys = new Map();

/** Ids of the keys that are not, or not the same, in others. */
function idsMissing(keys: PublishedKeys, others: PublishedKeys): string[] {
  return [...keys].filter(([id, { x }]) => others.get(id)?.x !== x).map(([id]) => id);
}

/** Key sets are a few hundred bytes; whatever is larger is something else. */
const maxSetBytes = 64 * 1024;

async function readKeys(url: string, deadlineMs: number): Promise<PublishedKeys> {
  const { origin, pathname, search } = new URL(url);
  const pool = new Pool(origin, { connections: 1, maxResponseSize: maxSetBytes });
  try {
    return await readKeysFrom(pool, `${pathname}${search}`, deadlineMs);
  } finally {
    void pool.destroy();
  }
}

async function readKeysFrom(pool: Pool, path: string, deadlineMs: number): Promise<PublishedKeys> {
  const { statusCode, body } = await pool.request({
    path,
    method: "GET",
    headers: { accept: "application/jwk-set+json, application/json" },
    signal: AbortSignal.timeout(deadlineMs),
  });
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of body as AsyncIterable<Buffer>) {
    size += chunk.length;
    if (size > maxSetBytes) throw new Error(`it answered more than ${maxSetBytes} bytes`);
    chunks.push(chunk);
  }
  if (statusCode !== 200) throw new Error(`it answered ${statusCode}`);
  const { keys } = keySetSchema.parse(JSON.parse(Buffer.concat(chunks).toString("utf8")));
  const usable = keys.flatMap((key) => ed25519KeySchema.safeParse(key).data ?? []);
  // An empty set would lock everybody out, and is what a half-started service shows.
  if (usable.length === 0) throw new Error("it has no Ed25519 key for signatures");
  const imported = await Promise.all(usable.map(importKey));
  return new Map(imported);
}

async function importKey(key: Ed25519Key): Promise<[string, { key: CryptoKey; x: string }]> {
  const { kty, crv, x, kid } = key;
  const imported = await importJWK({ kty, crv, x }, "EdDSA");
  if (imported instanceof Uint8Array) throw new Error("an Ed25519 key is no secret");
  return [kid, { key: imported, x }];
}

const keySetSchema = z.object({ keys: z.array(z.unknown()).max(32) });

/** The public part of it: should a private one be published by mistake, it is not kept. */
const ed25519KeySchema = z.object({
  kty: z.literal("OKP"),
  crv: z.literal("Ed25519"),
  x: z.string().length(43),
  kid: z.string().min(1).max(128),
  use: z.literal("sig").optional(),
  alg: z.enum(["EdDSA", "Ed25519"]).optional(),
});

type Ed25519Key = z.infer<typeof ed25519KeySchema>;
