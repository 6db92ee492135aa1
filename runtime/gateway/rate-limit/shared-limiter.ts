import { rateWindowMs } from "../../../catalog/gateway-limits.ts";
import { type Clock, type Random, steadyClock } from "../../kit/clock.ts";
import { Batcher } from "./batcher.ts";
import { Decisions } from "./decisions.ts";
import { limitKeyPrefix } from "./keys.ts";
import {
  type LimitCheck,
  type LimiterListener,
  type RateLimiter,
  silentListener,
  type Verdict,
} from "./limiter.ts";
import { type Meter, Meters } from "./meter.ts";
import { Resets } from "./resets.ts";
import type { SharedLog } from "./shared-log.ts";
import { StandingKeeper } from "./standing-keeper.ts";

export interface SharedLimiterOptions {
  readonly log: SharedLog;
  readonly random: Random;
  readonly listener?: LimiterListener;
  /** One that is never set. @default the process' own */
  readonly clock?: Clock;
  /** The same as the log's. @default 60 000 */
  readonly windowMs?: number;
  /** How long a request waits for Redis. @default 25 */
  readonly deadlineMs?: number;
}

/**
 * Limits that all gateways share, exact while Redis answers in time; when it does not, each gateway goes on by what it has
 * admitted itself.
 */
export function createSharedLimiter(options: SharedLimiterOptions): RateLimiter {
  const { log, random, windowMs = rateWindowMs, deadlineMs = 25 } = options;
  const listener = options.listener ?? silentListener;
  const clock = options.clock ?? steadyClock;
  const meters = new Meters({ prefix: limitKeyPrefix, windowMs });
  const decisions = new Decisions(meters, listener);
  const resets = new Resets(log, meters, random);
  const standing = new StandingKeeper({
    listener,
    onAlone: () => batcher.decideAll(),
    probe: (onlyWhenQuiet) => batcher.askForSign(onlyWhenQuiet),
  });
  const batcher = new Batcher({
    log,
    clock,
    decisions,
    deadlineMs,
    onAnswer: ({ newestReset }, seconds) => {
      listener.answered(seconds);
      resets.see(newestReset);
    },
    onEvent: (event) => standing.take(event),
  });
  log.onReady = () => standing.probe();
  log.onLost = (reason) => standing.take({ kind: "lost", reason });
  standing.probe();

  return {
    check: (checks: readonly LimitCheck[]): Verdict | Promise<Verdict> => {
      const nowMs = clock.nowMs();
      const asked: Meter[] = [];
      for (const { key, limit } of checks) asked.push(meters.get(key, limit));
      const { isShared } = standing;
      const refusal = decisions.refusal(asked, nowMs, isShared);
      if (refusal !== undefined) return refusal;
      if (!isShared || batcher.isFull) return decisions.alone(asked, nowMs);
      return batcher.ask(asked, nowMs);
    },
    isDegraded: () => !standing.isShared,
    reset: (userId) => resets.reset(userId),
    close: () => {
      standing.close();
      batcher.close();
      log.close();
    },
  };
}
