import type { Identify } from "../identity/identify.ts";
import type { Stage } from "../stage.ts";

/** Finds out who asks, and keeps it for the stages below. */
export function identity(identify: Identify): Stage {
  return async function identityStage(exchange, next) {
    const caller = identify(exchange);
    exchange.caller = caller instanceof Promise ? await caller : caller;
    return next();
  };
}
