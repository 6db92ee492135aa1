import type { LimiterListener, LimiterMode, Verdict } from "./limiter.ts";
import type { Meter, Meters } from "./meter.ts";

/**
 * Makes verdicts, by what is known here or by what Redis says; notes who was admitted, and counts.
 *
 * A request may be refused by what is known here, at any time: when this gateway alone has admitted the whole limit within
 * the window, or while Redis' last refusal says that there is no room. Both are true whatever Redis would say now (it may have been
 * emptied), and neither can be wrong by a difference of clocks: this process' monotonic clock measures both ends, and an
 * admission is dated from before Redis looked at its own clock, so it leaves the window here no later than there.
 */
export class Decisions {
  readonly #meters: Meters;
  readonly #listener: LimiterListener;

  constructor(meters: Meters, listener: LimiterListener) {
    this.#meters = meters;
    this.#listener = listener;
  }

  /** The refusal that follows from what is known here; undefined when there may be room. */
  refusal(meters: readonly Meter[], nowMs: number, isShared: boolean): Verdict | undefined {
    const refusal = refusalByMeters(meters, nowMs, isShared ? "redis" : "local");
    if (refusal !== undefined) this.#listener.refused(isShared ? "known" : "local");
    return refusal;
  }

  /** By what this gateway has admitted itself. */
  alone(meters: readonly Meter[], nowMs: number): Verdict {
    const refusal = this.refusal(meters, nowMs, false);
    if (refusal !== undefined) return refusal;
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

  /** By Redis' reply, whose three numbers about the request begin at this place. */
  byRedis(
    meters: readonly Meter[],
    sentMs: number,
    values: readonly unknown[],
    at: number,
  ): Verdict | undefined {
    const number = values[at] as number;
    const remaining = values[at + 1] as number;
    const waitMs = (values[at + 2] as number) / 1000;
    const allowed = number > 0;
    const check = Math.abs(number) - 1;
    const meter = meters[check];
    if (meter === undefined) return undefined;
    if (allowed) {
      for (const one of meters) this.#meters.add(one, sentMs);
      this.#listener.allowed("redis");
    } else {
      meter.blockedUntilMs = sentMs + waitMs;
      this.#listener.refused("redis");
    }
    return { allowed, check, limit: meter.limit, remaining, waitMs, mode: "redis" };
  }

  /** From a reply about a request that was decided here meanwhile, which stays so and is noted already. */
  learn(meters: readonly Meter[], sentMs: number, values: readonly unknown[], at: number): void {
    const number = values[at] as number;
    const meter = meters[-number - 1];
    if (meter !== undefined) meter.blockedUntilMs = sentMs + (values[at + 2] as number) / 1000;
  }
}

/** With the longest wait of all checks. */
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
