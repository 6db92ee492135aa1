import { paths } from "../../../catalog/endpoints.ts";
import type { RouteRule, ServiceDefinition } from "../../../catalog/service-definition.ts";
import { serviceNames, services, type ServiceName } from "../../../catalog/services.ts";
import { Problem } from "../../kit/errors.ts";
import type { Stage } from "../stage.ts";

/** Finds the service by the first part of the path after `/api/v1/`: its route, or its name, which is rewritten. */
export function route(ownPaths: readonly string[]): Stage {
  const table = routeTable();
  const known = [...ownPaths, ...new Set([...table.values()].map(({ prefix }) => `${prefix}/*`))];
  const own = new Set(ownPaths);
  return function routeStage(exchange, next) {
    const { path } = exchange;
    if (own.has(path)) {
      exchange.route = path;
      return next();
    }
    const [, first = "", rest = ""] = apiPath.exec(path) ?? [];
    const entry = table.get(first);
    if (entry === undefined) {
      throw new Problem("unknown_route", {
        message: `There is nothing at ${path}.`,
        details: { known },
      });
    }
    const rule = ruleFor(entry.rules, exchange.request.method ?? "GET", rest);
    exchange.target = { service: entry.service, path: `${entry.prefix}${rest}`, rule };
    exchange.route = entry.prefix;
    return next();
  };
}

interface RouteEntry {
  readonly service: ServiceName;
  /** `/api/v1/<route>` */
  readonly prefix: string;
  readonly rules: readonly RouteRule[];
}

function ruleFor(rules: readonly RouteRule[], method: string, rest: string): RouteRule | undefined {
  return rules.find(
    ({ path, methods }) =>
      (methods === undefined || methods.includes(method)) &&
      (path.endsWith("/*")
        ? rest === path.slice(0, -2) || rest.startsWith(path.slice(0, -1))
        : rest === path),
  );
}

function routeTable(): ReadonlyMap<string, RouteEntry> {
  const table = new Map<string, RouteEntry>();
  for (const service of serviceNames) {
    const definition: ServiceDefinition = services[service];
    const prefix = `${paths.apiPrefix}/${definition.route}`;
    const entry = { service, prefix, rules: definition.routeRules ?? [] };
    table.set(service, entry);
    table.set(definition.route, entry);
  }
  return table;
}

const apiPath = /^\/api\/v1\/([^/]+)(\/.*)?$/;
