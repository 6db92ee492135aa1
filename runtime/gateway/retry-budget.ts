/** How much of a service's load may be repetitions. */
export interface RetryBudget {
  /** A request has come that may be repeated or not: it pays for later repetitions. */
  onRequest(): void;
  /** Takes one repetition out of the budget. @returns whether there was one left */
  tryTake(): boolean;
  /** Part of the budget that is used, 0 to 1. */
  used(): number;
}

export interface RetryBudgetOptions {
  /** Repetitions for each recent request. @default 0.2 */
  readonly ratio?: number;
  /** Repetitions a second that are always there, or a service with little load would have none. @default 1 */
  readonly minPerSecond?: number;
}

/** Seconds that "recent" means. */
export const retryWindowSeconds = 10;

/**
 * Repetitions are at most a fifth of the requests of the last 10 s, or one a second where that is more. A service that fails
 * for everybody thus gets a fifth more load at most, and not twice or three times as much, which would keep it down. The window
 * consists of seconds, so that both counts are sums of ten numbers.
 * @param nowMs any clock that only goes forward
 */
export function createRetryBudget(
  nowMs: () => number,
  { ratio = 0.2, minPerSecond = 1 }: RetryBudgetOptions = {},
): RetryBudget {
  const requests = new Uint32Array(retryWindowSeconds);
  const retries = new Uint32Array(retryWindowSeconds);
  let requestsSum = 0;
  let retriesSum = 0;
  let second = Math.floor(nowMs() / 1000);

  /** Empties the seconds that have passed out of the window. @returns the place of the present one */
  function turn(): number {
    const now = Math.floor(nowMs() / 1000);
    if (now > second) {
      const steps = Math.min(now - second, retryWindowSeconds);
      for (let step = 1; step <= steps; step += 1) {
        const place = (now - steps + step) % retryWindowSeconds;
        requestsSum -= requests[place] ?? 0;
        retriesSum -= retries[place] ?? 0;
        requests[place] = 0;
        retries[place] = 0;
      }
      second = now;
    }
    return second % retryWindowSeconds;
  }

  const allowed = (): number => Math.max(minPerSecond * retryWindowSeconds, ratio * requestsSum);

  return {
    onRequest: () => {
      const place = turn();
      requests[place] = (requests[place] ?? 0) + 1;
      requestsSum += 1;
    },
    tryTake: () => {
      const place = turn();
      if (retriesSum + 1 > allowed()) return false;
      retries[place] = (retries[place] ?? 0) + 1;
      retriesSum += 1;
      return true;
    },
    used: () => {
      turn();
      return Math.min(1, retriesSum / allowed());
    },
  };
}
