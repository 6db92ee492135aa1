import { Problem } from "../../kit/errors.ts";
import type { Identify } from "../identity/identify.ts";
import type { Exchange, Next, Stage } from "../stage.ts";

/**
 * Finds out who asks, and keeps it for the stages below. Who says it wrongly is refused only after the limits, by `admit`: as
 * nobody he counts for his address, so that tokens cannot be tried out without limit.
 */
export function identity(identify: Identify): Stage {
  return function identityStage(exchange, next) {
    try {
      const caller = identify(exchange);
      if (caller instanceof Promise) return settle(exchange, caller, next);
      exchange.caller = caller;
    } catch (error) {
      keepRefusal(exchange, error);
    }
    return next();
  };

  async function settle(
    exchange: Exchange,
    caller: ReturnType<Identify>,
    next: Next,
  ): Promise<void> {
    try {
      exchange.caller = await caller;
    } catch (error) {
      keepRefusal(exchange, error);
    }
    return next();
  }
}

/** Refuses who said wrongly who asks. */
export function admit(): Stage {
  return function admitStage({ refusal }, next) {
    if (refusal !== undefined) throw refusal;
    return next();
  };
}

function keepRefusal(exchange: Exchange, error: unknown): void {
  if (!(error instanceof Problem)) throw error;
  exchange.refusal = error;
}
