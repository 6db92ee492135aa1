import type { Stage } from "../stage.ts";

export interface GuardOptions {
  /** Origins whose pages may read answers; `*` for all. */
  readonly corsOrigins: readonly string[];
}

/** Refuses what no service should see, answers preflights, and puts the security headers on. */
export function guard(_options: GuardOptions): Stage {
  return function guardStage(_exchange, next) {
    return next();
  };
}
