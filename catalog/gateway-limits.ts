/** Window of every rate limit: no 60 seconds, wherever they begin, hold more requests than the limit. */
export const rateWindowMs = 60_000;

/** Requests in a window where a stack does not say otherwise. */
export const defaultRateLimits = {
  /** Of one user, over all paths and all gateways: the plan's 200. */
  userPerMinute: 200,
  /** Of one address, for requests that do not say who asks; `/health` and `/metrics` are free then. */
  addressPerMinute: 1200,
} as const;

/** Longest that a request may take from its arrival to the head of its answer, in milliseconds. */
export const requestDeadlineMs = 10_000;
