/** One limit that a request counts against: all of a request's limits must have room, or none of them counts it. */
export interface LimitCheck {
  /** Whose, in a form that can stand in a Redis key: see `keys.ts`. */
  readonly key: string;
  /** Requests in any window of 60 s. */
  readonly limit: number;
}

/** Who decided: Redis for all gateways, or this gateway from what it has seen. */
export type LimiterMode = "redis" | "local";

export interface Verdict {
  readonly allowed: boolean;
  /** Place in the request's checks of the one that has the least left, or that refused and has the longest wait. */
  readonly check: number;
  readonly limit: number;
  readonly remaining: number;
  /** Refused: until the next request has room, in ms. Allowed: until the oldest request leaves the window. */
  readonly waitMs: number;
  readonly mode: LimiterMode;
}

/** Decides on requests. Never throws and takes about 25 ms at most: without Redis it decides by itself. */
export interface RateLimiter {
  /** @param checks at least one, each with a key of its own */
  check(checks: readonly LimitCheck[]): Verdict | Promise<Verdict>;
  /** Whether it decides by itself at present. */
  isDegraded(): boolean;
  /**
   * Forgets what a user has used, here at once and in the other gateways within about a second.
   * @throws Error when Redis cannot be asked; then it is forgotten here only
   */
  reset(userId: string): Promise<void>;
  close(): void;
}

/** Hears what a limiter does: for metrics and the log. */
export interface LimiterListener {
  allowed(mode: LimiterMode): void;
  /** `known`: without asking Redis, which had said until when there is no room. */
  refused(mode: LimiterMode | "known"): void;
  /** Redis has answered a batch. */
  answered(seconds: number): void;
  /** It decides by itself from now on, for this reason; or not any more, when there is none. */
  degraded(reason: string | undefined): void;
}

export const silentListener: LimiterListener = {
  allowed: () => undefined,
  refused: () => undefined,
  answered: () => undefined,
  degraded: () => undefined,
};

/** Lets everything through, as if each request were the first. */
export const noLimiter: RateLimiter = {
  check: ([first]) => {
    const limit = first?.limit ?? 1;
    return { allowed: true, check: 0, limit, remaining: limit - 1, waitMs: 60_000, mode: "redis" };
  },
  isDegraded: () => false,
  reset: () => Promise.resolve(),
  close: () => undefined,
};
