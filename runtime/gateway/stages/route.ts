import { paths } from "../../../catalog/endpoints.ts";
import { serviceNames, services, type ServiceName } from "../../../catalog/services.ts";
import { Problem } from "../../kit/errors.ts";
import type { Stage } from "../stage.ts";

/** Finds the service by the first part of the path after `/api/v1/`: its route, or its name, which is rewritten. */
export function route(ownPaths: readonly string[]): Stage {
  const services = routeTable();
  const known = [
    ...ownPaths,
    ...new Set([...services.values()].map(({ prefix }) => `${prefix}/*`)),
  ];
  return function routeStage(exchange, next) {
    const { path } = exchange;
    if (suspicious.test(path)) {
      throw new Problem("invalid_path", {
        message: "The path must not contain . or .. parts, backslashes, or encoded slashes.",
      });
    }
    const [, first = "", rest = ""] = apiPath.exec(path) ?? [];
    const entry = services.get(first);
    if (entry === undefined) {
      throw new Problem("unknown_route", {
        message: `There is nothing at ${path}.`,
        details: { known },
      });
    }
    exchange.target = { service: entry.service, path: `${entry.prefix}${rest}` };
    exchange.route = entry.prefix;
    return next();
  };
}

interface RouteEntry {
  readonly service: ServiceName;
  /** `/api/v1/<route>` */
  readonly prefix: string;
}

function routeTable(): ReadonlyMap<string, RouteEntry> {
  const table = new Map<string, RouteEntry>();
  for (const service of serviceNames) {
    const entry = { service, prefix: `${paths.apiPrefix}/${services[service].route}` };
    table.set(service, entry);
    table.set(services[service].route, entry);
  }
  return table;
}

/** What a service could read otherwise than the gateway does. */
const suspicious = /\\|%2f|%5c|%00|^[^/]|(^|\/)(\.|%2e){1,2}(\/|$)/i;

const apiPath = /^\/api\/v1\/([^/]+)(\/.*)?$/;
