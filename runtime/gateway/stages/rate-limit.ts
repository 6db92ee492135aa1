import { paths } from "../../../catalog/endpoints.ts";
import type { RouteRule } from "../../../catalog/service-definition.ts";
import { addressKey, limitedRoutes, userKey, userRouteKey } from "../rate-limit/keys.ts";
import type { LimitCheck, RateLimiter, Verdict } from "../rate-limit/limiter.ts";
import {
  addLimitHeaders,
  createPolicy,
  createPolicySet,
  type PolicySet,
  refusalOf,
} from "../rate-limit/policy.ts";
import type { Exchange, Stage } from "../stage.ts";

export interface RateLimitOptions {
  readonly limiter: RateLimiter;
  /** Requests in any 60 s of a user, and of an address where nobody says who asks. */
  readonly userPerMinute: number;
  readonly addressPerMinute: number;
}

/** Asked without an identity by whoever watches the platform, often; they cost nearly nothing. */
const freePaths: ReadonlySet<string> = new Set([
  paths.health,
  paths.live,
  paths.ready,
  paths.metrics,
]);

/**
 * Refuses what is beyond a limit with 429. A user has one limit over all paths, and one more at the paths of a rule that has
 * its own; who does not say who he is counts by address. Every answer to a limited request tells what is left.
 */
export function rateLimit({ limiter, userPerMinute, addressPerMinute }: RateLimitOptions): Stage {
  const user = createPolicy("user", userPerMinute, `A user may make ${userPerMinute} requests`);
  const ofUser = createPolicySet(user);
  const ofAddress = createPolicySet(
    createPolicy(
      "address",
      addressPerMinute,
      `An address may make ${addressPerMinute} requests that do not say who asks`,
    ),
  );
  const ofRoutes = new Map<RouteRule, { readonly route: string; readonly set: PolicySet }>();
  for (const [rule, { route, limit }] of limitedRoutes()) {
    const place = route.replace(":", " ");
    const own = createPolicy(route, limit, `A user may make ${limit} requests to ${place}`);
    ofRoutes.set(rule, { route, set: createPolicySet(user, own) });
  }

  /** Hands on, or refuses. */
  function settle(exchange: Exchange, set: PolicySet, verdict: Verdict): void {
    addLimitHeaders(exchange.answerHeaders, set, verdict);
    if (!verdict.allowed) throw refusalOf(set, verdict);
  }

  return function rateLimitStage(exchange, next) {
    const { caller } = exchange;
    let set: PolicySet;
    let checks: LimitCheck[];
    if (caller === undefined) {
      if (exchange.refusal === undefined && freePaths.has(exchange.path)) return next();
      set = ofAddress;
      checks = [{ key: addressKey(exchange.client), limit: addressPerMinute }];
    } else {
      const rule = exchange.target?.rule;
      const limited = rule === undefined ? undefined : ofRoutes.get(rule);
      set = limited?.set ?? ofUser;
      checks = [{ key: userKey(caller), limit: userPerMinute }];
      if (limited !== undefined) {
        const limit = set.policies[1]?.limit ?? userPerMinute;
        checks.push({ key: userRouteKey(caller, limited.route), limit });
      }
    }
    const verdict = limiter.check(checks);
    if (verdict instanceof Promise) {
      return verdict.then((given) => {
        settle(exchange, set, given);
        return next();
      });
    }
    settle(exchange, set, verdict);
    return next();
  };
}
