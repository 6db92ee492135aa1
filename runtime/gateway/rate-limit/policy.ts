import { rateWindowMs } from "../../../catalog/gateway-limits.ts";
import { headers } from "../../../catalog/endpoints.ts";
import { Problem } from "../../kit/errors.ts";
import type { Verdict } from "./limiter.ts";

const windowSeconds = rateWindowMs / 1000;

/** A limit as clients are told of it. */
export interface LimitPolicy {
  /** In quotes in the RateLimit headers, so without quotes of its own: `user`, `address`, or what a rule covers. */
  readonly name: string;
  readonly limit: number;
  /** `"user";q=200;w=60` */
  readonly described: string;
  readonly limitText: string;
  /** What is limited, for people: `You may make 200 requests`. */
  readonly sentence: string;
}

export function createPolicy(name: string, limit: number, sentence: string): LimitPolicy {
  return {
    name,
    limit,
    sentence,
    described: `"${name}";q=${limit};w=${windowSeconds}`,
    limitText: String(limit),
  };
}

/** Policies that hold for one kind of request, with what can be said before it comes. */
export interface PolicySet {
  readonly policies: readonly LimitPolicy[];
  /** Value of `RateLimit-Policy`. */
  readonly described: string;
}

export function createPolicySet(...policies: readonly LimitPolicy[]): PolicySet {
  return { policies, described: policies.map(({ described }) => described).join(", ") };
}

/** Names of all headers that tell of limits. */
export const limitHeaders: readonly string[] = [
  "ratelimit-policy",
  "ratelimit",
  "x-ratelimit-limit",
  "x-ratelimit-remaining",
  "x-ratelimit-reset",
  headers.rateLimitMode,
];

/**
 * Tells the client of the limit that has the least left: in the fields of the IETF draft (draft-ietf-httpapi-ratelimit-headers-10),
 * and in the `X-` ones that clients know. Times are seconds from now: until a refused request has room, or until the oldest
 * admitted one leaves the window, which is when there is more than what remains.
 * @param fields names and values, flat; gets more at its end
 */
export function addLimitHeaders(fields: string[], set: PolicySet, verdict: Verdict): void {
  const policy = set.policies[verdict.check];
  if (policy === undefined) return;
  const remaining = String(verdict.remaining);
  const seconds = String(Math.ceil(verdict.waitMs / 1000));
  fields.push(
    "ratelimit-policy",
    set.described,
    "ratelimit",
    `"${policy.name}";r=${remaining};t=${seconds}`,
    "x-ratelimit-limit",
    policy.limitText,
    "x-ratelimit-remaining",
    remaining,
    "x-ratelimit-reset",
    seconds,
  );
  if (verdict.mode === "local") fields.push(headers.rateLimitMode, "local");
}

/** The answer to a request that was refused. */
export function refusalOf(set: PolicySet, { check, limit, waitMs }: Verdict): Problem {
  const policy = set.policies[check];
  const retryAfterSeconds = Math.ceil(waitMs / 1000);
  return new Problem("rate_limited", {
    message: `${policy?.sentence ?? "Too many requests"} in any ${windowSeconds} seconds. The next one has room in ${retryAfterSeconds} s.`,
    details: { policy: policy?.name, limit, windowSeconds, retryAfterSeconds },
    retryAfterSeconds,
  });
}
