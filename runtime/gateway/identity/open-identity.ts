import type { RuntimeEnv } from "../../../catalog/runtime-env.ts";
import type { Clock } from "../../kit/clock.ts";
import type { Logger } from "../../kit/logger.ts";
import { identifyByHeader } from "./by-header.ts";
import { identifyByToken } from "./by-token.ts";
import type { Identify } from "./identify.ts";
import { watchKeySet } from "./key-set.ts";

/** How this gateway finds out who asks, and what must be stopped when it ends. */
export interface Identity {
  readonly identify: Identify;
  stop(): void;
}

/** @param env parsed, so that in mode `jwt` it has all that tokens are checked by */
export function openIdentity(
  env: Pick<RuntimeEnv, "AUTH_MODE" | "JWT_ISSUER" | "JWT_AUDIENCE" | "JWT_JWKS_URL">,
  { clock, logger }: { readonly clock: Clock; readonly logger: Logger },
): Identity {
  if (env.AUTH_MODE === "header") return { identify: identifyByHeader, stop: () => undefined };
  const keys = watchKeySet({ url: env.JWT_JWKS_URL, clock, logger });
  const identify = identifyByToken({
    issuer: env.JWT_ISSUER,
    audience: env.JWT_AUDIENCE,
    keys,
    clock,
  });
  return { identify, stop: () => keys.stop() };
}
