import { rateWindowMs } from "../../../catalog/gateway-limits.ts";
import { type Clock, type Random, steadyClock } from "../../kit/clock.ts";
import { keysOfUser, limitKeyPrefix } from "./keys.ts";
import {
  type LimitCheck,
  type LimiterListener,
  type LimiterMode,
  type RateLimiter,
  silentListener,
  type Verdict,
} from "./limiter.ts";
import { type Meter, Meters } from "./meter.ts";
import { firstResult, type LogReply, type SharedLog } from "./shared-log.ts";
import {
  nextStanding,
  type Standing,
  type StandingEvent,
  standingEvents,
  starting,
} from "./standing.ts";

export interface SharedLimiterOptions {
  readonly log: SharedLog;
  readonly random: Random;
  readonly listener?: LimiterListener;
  /** One that is never set. @default the process' own */
  readonly clock?: Clock;
  /** The same as the log's. @default 60 000 */
  readonly windowMs?: number;
}

/** A request waits so long for Redis, from when it came, and then this gateway decides. */
const deadlineMs = 25;
/** Redis gets so long from when it was asked, though the request had to wait before that. */
const leastAnswerMs = 5;
/** Signs of life that Redis is asked for: while all is well and nobody asks anything else, and otherwise. */
const quietProbeMs = 1000;
const anxiousProbeMs = 200;
/** Checks in one call of the script, which holds up everybody else in Redis: about 2 µs each. */
const maxBatchChecks = 500;
/** Requests that wait to be asked about; for any more this gateway decides at once. */
const maxWaiting = 5000;

/** A request that Redis is to decide on. */
interface Waiting {
  readonly meters: readonly Meter[];
  readonly enteredMs: number;
  readonly resolve: (verdict: Verdict) => void;
}

/** What Redis has been asked, and has not answered. */
interface Batch {
  readonly requests: readonly Waiting[];
  readonly sentMs: number;
  readonly deadlineMs: number;
  /** Its requests were decided here; the answer only tells that Redis is there. */
  overdue: boolean;
}

/**
 * Limits that all gateways share, exact while Redis answers in time; when it does not, each gateway goes on by what it has
 * admitted itself.
 *
 * All requests of one turn of the event loop go to Redis in one call, and the next call waits for its answer: what comes in
 * meanwhile shares that one. So under load a request costs a fraction of a call, and there is at most one answer under way.
 *
 * A request may be refused by what is known here, at any time: when this gateway alone has admitted the whole limit within
 * the window, or while Redis' last refusal says that there is no room. Both are true whatever Redis would say now (it may have been
 * emptied), and neither can be wrong by a difference of clocks: this process' monotonic clock measures both ends, and an
 * admission is dated from before Redis looked at its own clock, so it leaves the window here no later than there.
 */
export function createSharedLimiter(options: SharedLimiterOptions): RateLimiter {
  return new SharedLimiter(options);
}

class SharedLimiter implements RateLimiter {
  readonly #log: SharedLog;
  readonly #random: Random;
  readonly #listener: LimiterListener;
  readonly #clock: Clock;
  readonly #meters: Meters;
  #standing: Standing = starting;
  #waiting: Waiting[] = [];
  #underWay: Batch | undefined;
  /** What the log's clock shows, in µs, when this process' shows zero: at most, by the time an answer takes. */
  #clockOffsetUs: number | undefined;
  /** Undefined until the first answer: what was reset before this process began means nothing to it. */
  #newestReset: string | null | undefined;
  #lastAnswerMs = 0;
  #flushIsDue = false;
  #deadlineTimer: NodeJS.Timeout | undefined;
  #probeTimer: NodeJS.Timeout | undefined;
  #isClosed = false;

  constructor(options: SharedLimiterOptions) {
    const { log, random, windowMs = rateWindowMs } = options;
    this.#log = log;
    this.#random = random;
    this.#listener = options.listener ?? silentListener;
    this.#clock = options.clock ?? steadyClock;
    this.#meters = new Meters({ prefix: limitKeyPrefix, windowMs });
    log.onReady = () => this.#probe();
    log.onLost = (reason) => this.#take({ kind: "lost", reason });
    this.#probe();
  }

  check(checks: readonly LimitCheck[]): Verdict | Promise<Verdict> {
    const nowMs = this.#clock.nowMs();
    const meters: Meter[] = [];
    for (const { key, limit } of checks) meters.push(this.#meters.get(key, limit));
    const isShared = this.#standing.state === "shared";
    const refusal = refusalByMeters(meters, nowMs, isShared ? "redis" : "local");
    if (refusal !== undefined) {
      this.#listener.refused(isShared ? "known" : "local");
      return refusal;
    }
    if (!isShared || this.#waiting.length >= maxWaiting) return this.#decideAlone(meters, nowMs);
    return new Promise((resolve) => {
      this.#waiting.push({ meters, enteredMs: nowMs, resolve });
      this.#flushSoon();
      this.#watch(deadlineMs);
    });
  }

  isDegraded(): boolean {
    return this.#standing.state !== "shared";
  }

  async reset(userId: string): Promise<void> {
    const names = keysOfUser(userId);
    for (const name of names) this.#meters.forget(name);
    await this.#log.reset(
      names.map((name) => limitKeyPrefix + name),
      `${this.#random.hex(8)} ${userId}`,
    );
  }

  close(): void {
    this.#isClosed = true;
    clearTimeout(this.#deadlineTimer);
    clearTimeout(this.#probeTimer);
    this.#standing = { state: "alone", inTime: 0, reason: "it was closed" };
    if (this.#underWay !== undefined) this.#giveUp(this.#underWay);
    this.#decideWaiting(() => true);
    this.#log.close();
  }

  /** After the sockets of this turn have been read, so that all that has come in is in the batch. */
  #flushSoon(): void {
    if (this.#flushIsDue || this.#underWay !== undefined) return;
    this.#flushIsDue = true;
    setImmediate(() => {
      this.#flushIsDue = false;
      this.#flush();
    });
  }

  /**
   * Asks about as many of those that wait as may be. One stays behind while its limit could be filled by what is asked in this
   * batch already: it is refused here after that answer, and Redis never notes what is then refused.
   */
  #flush(): void {
    if (this.#underWay !== undefined || this.#waiting.length === 0) return;
    const nowMs = this.#clock.nowMs();
    const batch: Waiting[] = [];
    const staying: Waiting[] = [];
    let checks = 0;
    for (const waiting of this.#waiting) {
      const { meters } = waiting;
      const refusal = refusalByMeters(meters, nowMs, "redis");
      if (refusal !== undefined) {
        this.#listener.refused("known");
        waiting.resolve(refusal);
      } else if (checks + meters.length > maxBatchChecks || mayFillUp(meters, nowMs)) {
        staying.push(waiting);
      } else {
        for (const meter of meters) meter.underWay += 1;
        checks += meters.length;
        batch.push(waiting);
      }
    }
    this.#waiting = staying;
    if (batch.length > 0) this.#send(batch, nowMs);
  }

  #send(requests: readonly Waiting[], sentMs: number): void {
    const endMs = Math.max((requests[0]?.enteredMs ?? sentMs) + deadlineMs, sentMs + leastAnswerMs);
    const batch: Batch = { requests, sentMs, deadlineMs: endMs, overdue: false };
    this.#underWay = batch;
    this.#watch(endMs - sentMs);
    const offsetUs = this.#clockOffsetUs;
    const latestUs = offsetUs === undefined ? undefined : Math.ceil(endMs * 1000 + offsetUs);
    this.#log
      .ask(
        requests.map(({ meters }) => meters),
        latestUs,
      )
      .then(
        (reply) => this.#answered(batch, reply),
        (error: unknown) => this.#failed(batch, error),
      );
  }

  #answered(batch: Batch, reply: LogReply): void {
    const nowMs = this.#clock.nowMs();
    this.#underWay = undefined;
    this.#lastAnswerMs = nowMs;
    this.#clockOffsetUs = reply.nowUs - batch.sentMs * 1000;
    this.#listener.answered((nowMs - batch.sentMs) / 1000);
    const { requests } = batch;
    // Redis came to it too late by its own clock, which may also have been set forward just now.
    const isUndone = requests.length > 0 && reply.values.length === firstResult;
    for (let place = 0; place < requests.length; place += 1) {
      const waiting = requests[place];
      if (waiting === undefined) continue;
      for (const meter of waiting.meters) meter.underWay -= 1;
      if (!isUndone) this.#settle(waiting, batch, reply.values, firstResult + 3 * place);
      else if (!batch.overdue) waiting.resolve(this.#decideAlone(waiting.meters, nowMs));
    }
    if (!batch.overdue) this.#take(isUndone ? standingEvents.overdue : standingEvents.inTime);
    this.#seeResets(reply.newestReset);
    if (this.#waiting.length > 0) this.#flushSoon();
  }

  #settle(waiting: Waiting, batch: Batch, values: readonly unknown[], at: number): void {
    const number = values[at] as number;
    const remaining = values[at + 1] as number;
    const waitMs = (values[at + 2] as number) / 1000;
    const allowed = number > 0;
    const check = Math.abs(number) - 1;
    const meter = waiting.meters[check];
    if (meter === undefined) return;
    if (!allowed) meter.blockedUntilMs = batch.sentMs + waitMs;
    // What was decided when it was overdue stays so, and is noted already.
    if (batch.overdue) return;
    if (allowed) for (const one of waiting.meters) this.#meters.add(one, batch.sentMs);
    if (allowed) this.#listener.allowed("redis");
    else this.#listener.refused("redis");
    waiting.resolve({ allowed, check, limit: meter.limit, remaining, waitMs, mode: "redis" });
  }

  #failed(batch: Batch, error: unknown): void {
    this.#underWay = undefined;
    for (const { meters } of batch.requests) for (const meter of meters) meter.underWay -= 1;
    this.#giveUp(batch);
    this.#take({ kind: "lost", reason: error instanceof Error ? error.message : String(error) });
  }

  /** By what this gateway has admitted itself. */
  #decideAlone(meters: readonly Meter[], nowMs: number): Verdict {
    const refusal = refusalByMeters(meters, nowMs, "local");
    if (refusal !== undefined) {
      this.#listener.refused("local");
      return refusal;
    }
    this.#listener.allowed("local");
    let check = 0;
    let remaining = Number.POSITIVE_INFINITY;
    for (let place = 0; place < meters.length; place += 1) {
      const meter = meters[place];
      if (meter === undefined) continue;
      this.#meters.add(meter, nowMs);
      const left = Math.max(0, meter.limit - meter.ring.count(nowMs));
      if (left < remaining) {
        remaining = left;
        check = place;
      }
    }
    const deciding = meters[check];
    return {
      allowed: true,
      check,
      limit: deciding?.limit ?? 0,
      remaining,
      waitMs: deciding?.ring.waitMs(nowMs) ?? 0,
      mode: "local",
    };
  }

  /** One timer for all that wait. It stays armed under load, and looks for what is overdue when it fires. */
  #watch(inMs: number): void {
    if (this.#deadlineTimer !== undefined || this.#isClosed) return;
    this.#deadlineTimer = setTimeout(
      () => {
        this.#deadlineTimer = undefined;
        // Under a CPU quota the process itself may have slept. After one more turn, what has come in meanwhile was read.
        setImmediate(() => this.#expire());
      },
      Math.max(1, inMs),
    );
  }

  #expire(): void {
    const batch = this.#underWay;
    // Nothing is asked: what waits is about to be, and was held up by this process alone.
    if (batch === undefined) {
      if (this.#waiting.length > 0) this.#watch(deadlineMs);
      return;
    }
    const nowMs = this.#clock.nowMs();
    if (nowMs < batch.deadlineMs) {
      this.#watch(batch.deadlineMs - nowMs);
      return;
    }
    const gaveUp = this.#giveUp(batch);
    const decided = this.#decideWaiting(({ enteredMs }) => enteredMs + deadlineMs <= nowMs);
    if (gaveUp || decided) this.#take(standingEvents.overdue);
    const next = this.#waiting[0];
    if (next !== undefined) this.#watch(next.enteredMs + deadlineMs - nowMs);
  }

  /**
   * Decides here on what Redis was asked, for good.
   * @returns whether that was still to be done
   */
  #giveUp(batch: Batch): boolean {
    if (batch.overdue) return false;
    batch.overdue = true;
    const nowMs = this.#clock.nowMs();
    for (const { meters, resolve } of batch.requests) resolve(this.#decideAlone(meters, nowMs));
    return true;
  }

  /** @returns whether there was any */
  #decideWaiting(isDue: (waiting: Waiting) => boolean): boolean {
    const due = this.#waiting.filter(isDue);
    if (due.length === 0) return false;
    this.#waiting = this.#waiting.filter((waiting) => !isDue(waiting));
    const nowMs = this.#clock.nowMs();
    for (const { meters, resolve } of due) resolve(this.#decideAlone(meters, nowMs));
    return true;
  }

  #take(event: StandingEvent): void {
    const before = this.#standing;
    this.#standing = nextStanding(before, event);
    const { state } = this.#standing;
    if (state === before.state) return;
    this.#listener.degraded(this.#standing.state === "alone" ? this.#standing.reason : undefined);
    if (state === "alone") {
      if (this.#underWay !== undefined) this.#giveUp(this.#underWay);
      this.#decideWaiting(() => true);
    }
    this.#probeLater();
  }

  /** Asks Redis for a sign of life, with nobody's request. */
  #probe(): void {
    const nowMs = this.#clock.nowMs();
    const isQuiet = nowMs - this.#lastAnswerMs >= quietProbeMs / 2;
    const wanted = this.#standing.state !== "shared" || (isQuiet && this.#waiting.length === 0);
    if (wanted && this.#underWay === undefined && this.#log.isReady()) this.#send([], nowMs);
    this.#probeLater();
  }

  #probeLater(): void {
    clearTimeout(this.#probeTimer);
    if (this.#isClosed) return;
    const isWell = this.#standing.state === "shared" && this.#standing.overdue === 0;
    this.#probeTimer = setTimeout(() => this.#probe(), isWell ? quietProbeMs : anxiousProbeMs);
  }

  #seeResets(newest: string | null): void {
    const seen = this.#newestReset;
    if (newest === seen) return;
    this.#newestReset = newest;
    if (seen === undefined || newest === null) return;
    this.#log.resets().then(
      (entries) => {
        for (const entry of entries) {
          if (entry === seen) break;
          for (const name of keysOfUser(entry.split(" ")[1] ?? "")) this.#meters.forget(name);
        }
      },
      () => {
        // The next answer shows the same entry again.
        this.#newestReset = seen;
      },
    );
  }
}

function mayFillUp(meters: readonly Meter[], nowMs: number): boolean {
  for (const meter of meters) if (meter.mayFillUp(nowMs)) return true;
  return false;
}

/** The refusal that follows from what is known here, with the longest wait of all checks; undefined when there may be room. */
function refusalByMeters(
  meters: readonly Meter[],
  nowMs: number,
  mode: LimiterMode,
): Verdict | undefined {
  let check = -1;
  let waitMs = 0;
  for (let place = 0; place < meters.length; place += 1) {
    const oneMs = meters[place]?.waitMs(nowMs) ?? 0;
    if (oneMs > waitMs) {
      waitMs = oneMs;
      check = place;
    }
  }
  if (check === -1) return undefined;
  return { allowed: false, check, limit: meters[check]?.limit ?? 0, remaining: 0, waitMs, mode };
}
