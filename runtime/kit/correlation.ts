import type { Random } from "./clock.ts";

/**
 * The id that follows one request through gateway, services, events and logs. One that came from outside is kept when
 * it is short and plain, so that it can do no harm in a log or a header; anything else is replaced.
 */
export function acceptCorrelationId(offered: string | undefined, random: Random): string {
  return isCorrelationId(offered) ? offered : `${ownPrefix}${random.hex(ownBytes)}`;
}

/** Whether it is one that clients may give: 1 to 64 letters, digits, dots, dashes and underscores. */
export function isCorrelationId(text: string | undefined): text is string {
  return text !== undefined && wellFormed.test(text);
}

/**
 * Whether the id looks like those that are made here, rather than by a client. Every process that a request comes through
 * can tell, without a word from the one before it.
 */
export function isOwnCorrelationId(id: string): boolean {
  return id.length === ownLength && id.startsWith(ownPrefix);
}

const wellFormed = /^[A-Za-z0-9._-]{1,64}$/;
const ownPrefix = "req_";
const ownBytes = 8;
const ownLength = ownPrefix.length + 2 * ownBytes;
