/** One limit that a request counts against: all of a request's limits must have room, or none of them counts it. */
export interface LimitCheck {
  /** Whose: `user:<id>`, `user:<id>:<route>`, `address:<ip>`. */
  readonly key: string;
  /** Requests in any window of 60 s. */
  readonly limit: number;
}

export interface Verdict {
  readonly allowed: boolean;
  /** Of the limit that has the least left, or that refused. */
  readonly limit: number;
  readonly remaining: number;
  /** Until the next request has room, in ms; 0 when it has. */
  readonly waitMs: number;
  /** Who decided: Redis for all gateways, or this gateway from what it has seen. */
  readonly mode: "redis" | "local";
}

/** Decides on requests. Never throws and takes 25 ms at most: without Redis it decides by itself. */
export interface RateLimiter {
  check(checks: readonly LimitCheck[]): Verdict | Promise<Verdict>;
  /** Whether it decides by itself at present. */
  isDegraded(): boolean;
  close(): void;
}

/** Lets everything through. */
export const noLimiter: RateLimiter = {
  check: () => ({ allowed: true, limit: 0, remaining: 0, waitMs: 0, mode: "local" }),
  isDegraded: () => false,
  close: () => undefined,
};
