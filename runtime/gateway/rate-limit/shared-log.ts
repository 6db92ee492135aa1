import { Redis } from "ioredis";
import { rateWindowMs } from "../../../catalog/gateway-limits.ts";
import { connectionOptions, type RedisAddress } from "../../kit/redis.ts";
import { resetsKey } from "./keys.ts";
import type { Meter } from "./meter.ts";
import { resetLog, slidingLog } from "./sliding-log.ts";

/** The log that all gateways share: what the limiter needs of Redis. */
export interface SharedLog {
  /**
   * Asks about a batch of requests, each with its meters; one without requests is a sign of life.
   * @param latestUs when it is of no use any more, by the clock of the log; undefined while that is not known
   * @returns what the script replies, once it has been looked at
   * @throws when the connection ends, or Redis answers with an error
   */
  ask(requests: readonly (readonly Meter[])[], latestUs: number | undefined): Promise<LogReply>;
  /** Deletes logs and tells the other gateways by an entry of the list of resets. */
  reset(keys: readonly string[], entry: string): Promise<void>;
  /** The list of resets, newest first. */
  resets(): Promise<string[]>;
  isReady(): boolean;
  /** Set by its one user: called when it can be asked, and when it cannot any more. */
  onReady: () => void;
  onLost: (reason: string) => void;
  close(): void;
}

export interface LogReply {
  /** The log's clock. */
  readonly nowUs: number;
  readonly newestReset: string | null;
  /** From {@link firstResult} on, three numbers a request; none when the batch was too late. */
  readonly values: readonly unknown[];
}

export const firstResult = 2;

/** Resets that are kept for gateways that have not seen them yet, and for how long. */
const mostResets = 100;
const resetLifeMs = 600_000;

/**
 * A connection of its own, so that nothing waits behind other commands, with what the library leaves open decided: no queue
 * while it is away, nothing sent twice, an end to waiting. A frozen Redis keeps its connections and acknowledges what it is
 * sent; `socketTimeout` ends one that has not answered for 2 s. There is no timeout for each command: the limiter has a
 * deadline of its own for a whole batch, and what comes after it still tells that Redis is back.
 * @param windowMs another only in tests
 */
export function openSharedLog(address: RedisAddress, windowMs = rateWindowMs): SharedLog {
  const redis = new Redis({
    ...connectionOptions(address),
    connectTimeout: 500,
    socketTimeout: 2000,
    noDelay: true,
    retryStrategy: (attempt) => Math.min(50 * attempt, 400) + Math.random() * 100,
  });
  const windowText = String(windowMs * 1000);
  let lastError = "";

  const log: SharedLog = {
    ask: async (requests, latestUs) => {
      const values = [resetsKey];
      const limits: string[] = [];
      for (const meters of requests) {
        const last = meters.length - 1;
        for (let place = 0; place <= last; place += 1) {
          const meter = meters[place];
          if (meter === undefined) continue;
          values.push(meter.key);
          limits.push(place === last ? meter.lastText : meter.moreText);
        }
      }
      const keyCount = values.length;
      values.push(windowText, latestUs === undefined ? "" : String(latestUs), "");
      for (const limit of limits) values.push(limit);
      return toReply(await evaluate(slidingLog, keyCount, values), requests.length);
    },
    reset: async (keys, entry) => {
      const values = [resetsKey, ...keys, entry, String(resetLifeMs), String(mostResets)];
      await evaluate(resetLog, keys.length + 1, values);
    },
    resets: () => redis.lrange(resetsKey, 0, mostResets - 1),
    isReady: () => redis.status === "ready",
    onReady: () => undefined,
    onLost: () => undefined,
    close: () => redis.disconnect(),
  };

  /** Redis forgets scripts when it restarts, or is told to; then the text goes over once more. */
  async function evaluate(
    script: { readonly sha: string; readonly lua: string },
    keyCount: number,
    values: string[],
  ): Promise<unknown> {
    try {
      return await redis.evalsha(script.sha, keyCount, ...values);
    } catch (error) {
      if (!(error instanceof Error && error.message.startsWith("NOSCRIPT"))) throw error;
      return await redis.eval(script.lua, keyCount, ...values);
    }
  }

  redis.on("ready", () => log.onReady());
  redis.on("error", (error: Error) => {
    lastError = error.message;
  });
  redis.on("close", () => {
    log.onLost(lastError === "" ? "the connection to Redis was closed" : lastError);
    lastError = "";
  });
  return log;
}

/** @throws Error when it is not what the script replies */
export function toReply(values: unknown, requests: number): LogReply {
  if (!Array.isArray(values)) throw new Error("The rate limit script replied with no list.");
  const [nowUs, newestReset] = values as unknown[];
  const results = values.length - firstResult;
  if (typeof nowUs !== "number" || (results !== 0 && results !== 3 * requests)) {
    throw new Error(`The rate limit script replied with ${values.length} values.`);
  }
  return {
    nowUs,
    newestReset: typeof newestReset === "string" ? newestReset : null,
    values: values as unknown[],
  };
}
