import type { Random } from "./clock.ts";

/**
 * The id that follows one request through gateway, services, events and logs. One that came from outside is kept when
 * it is short and plain, so that it can do no harm in a log or a header; anything else is replaced.
 */
export function acceptCorrelationId(offered: string | undefined, random: Random): string {
  return offered !== undefined && wellFormed.test(offered) ? offered : `req_${random.hex(8)}`;
}

const wellFormed = /^[A-Za-z0-9._-]{1,64}$/;
