/** How many requests to services may be under way, by how the process keeps up. */
export interface AdaptiveLimit {
  /** Requests that may be under way now. */
  current(): number;
  /** Takes what was seen since the last call, and settles the limit for the time to come. */
  settle(window: LoadWindow): void;
}

/** What was seen of the process in a second, or in longer if it is very late. */
export interface LoadWindow {
  /**
   * By how much the event loop was late at best. The best and not the usual: under a CPU quota the process sleeps for 50 to
   * 100 ms of every 100 ms, and a collection of garbage stops it too, but between those a loop that keeps up is on time.
   */
  readonly leastDelayMs: number;
  /** Times that it was looked at. A process that was stopped and goes on was late once, and is not overloaded. */
  readonly samples: number;
  /** Most requests that were under way at once. */
  readonly mostInFlight: number;
}

/** With fewer, nobody can tell a process that was stopped from one that does not keep up. */
export const fewestSamples = 3;

export interface AdaptiveLimitOptions {
  /** Never less. Above what load tests and any browser have open at once: a load of 50 connections is never shed. */
  readonly min: number;
  /** Never more; also where it begins. */
  readonly max: number;
  /** Later than this even at best is too late. */
  readonly tooLateMs: number;
  /** Part that is left after a window in which it was. */
  readonly decrease: number;
  /** Requests more after a window in which it was not. */
  readonly increase: number;
}

export const adaptiveLimitDefaults: AdaptiveLimitOptions = {
  min: 100,
  max: 1000,
  tooLateMs: 150,
  decrease: 0.7,
  increase: 50,
};

/**
 * Additive increase, multiplicative decrease: in an overload it comes down to the least in a few seconds, from what was
 * really under way and not from what would have been allowed; afterwards it is back at the most within 20 s.
 */
export function createAdaptiveLimit(
  options: AdaptiveLimitOptions = adaptiveLimitDefaults,
): AdaptiveLimit {
  const { min, max, tooLateMs, decrease, increase } = options;
  let limit = max;
  return {
    current: () => limit,
    settle: ({ leastDelayMs, samples, mostInFlight }) => {
      const isTooLate = samples >= fewestSamples && leastDelayMs > tooLateMs;
      limit = isTooLate
        ? Math.max(min, Math.round(Math.min(limit, mostInFlight) * decrease))
        : Math.min(max, limit + increase);
    },
  };
}
