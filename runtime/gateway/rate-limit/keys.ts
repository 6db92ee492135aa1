import { isIPv6 } from "node:net";
import type { RouteRule, ServiceDefinition } from "../../../catalog/service-definition.ts";
import { serviceNames, services, type ServiceName } from "../../../catalog/services.ts";

import type { UserId } from "../../kit/user-id.ts";

/** All keys of rate limits begin so; they lie among the gateway's own. */
export const limitKeyPrefix = "gateway:limit:";

/** The list of resets. A user's keys have a colon behind `user`, so none of them is this one. */
export const resetsKey = `${limitKeyPrefix}resets`;

/** A user id is at most 64 letters, digits, hyphens and underscores: no colon, so keys of two users never meet. */
export function userKey(userId: UserId): string {
  return `user:${userId}`;
}

/** @param route what {@link routeOf} gives */
export function userRouteKey(userId: UserId, route: string): string {
  return `user:${userId}:${route}`;
}

/** What a rule covers, in one word: `trading/execute`, `POST,PUT:trading/orders/*`. */
export function routeOf(service: ServiceName, { path, methods }: RouteRule): string {
  const covered = service + path;
  return methods === undefined ? covered : `${methods.join(",")}:${covered}`;
}

/** Every rule of the catalogue that has a limit of its own, with what it covers. */
export function limitedRoutes(): ReadonlyMap<RouteRule, { route: string; limit: number }> {
  const found = new Map<RouteRule, { route: string; limit: number }>();
  for (const service of serviceNames) {
    const definition: ServiceDefinition = services[service];
    for (const rule of definition.routeRules ?? []) {
      if (rule.userPerMinute === undefined) continue;
      found.set(rule, { route: routeOf(service, rule), limit: rule.userPerMinute });
    }
  }
  return found;
}

/** All keys under which a user's requests are noted. */
export function keysOfUser(userId: UserId): string[] {
  const routes = [...limitedRoutes().values()];
  return [userKey(userId), ...routes.map(({ route }) => userRouteKey(userId, route))];
}

/**
 * Whose requests count together where nobody says who asks. Of an IPv6 address the first 64 bits: one host has all of the
 * rest to itself and could take a new address for every request.
 */
export function addressKey(address: string): string {
  if (!address.includes(":")) return `address:${address}`;
  const mapped = /^::ffff:(\d+\.\d+\.\d+\.\d+)$/i.exec(address)?.[1];
  return `address:${mapped ?? networkOf(address)}`;
}

/** `2001:db8:0:1::/64` as `2001:db8:0:1`. */
function networkOf(address: string): string {
  const [plain = ""] = address.split("%");
  if (!isIPv6(plain)) return "unknown";
  const [head = "", tail] = plain.toLowerCase().split("::");
  const left = head === "" ? [] : head.split(":");
  if (tail !== undefined) {
    const right = tail === "" ? [] : tail.split(":");
    // A dotted end stands for two groups.
    const groups = left.length + right.length + (tail.includes(".") ? 1 : 0);
    left.push(...Array.from({ length: 8 - groups }, () => "0"), ...right);
  }
  return left
    .slice(0, 4)
    .map((group) => group.replace(/^0+(?=.)/, ""))
    .join(":");
}
