import { paths } from "../../catalog/endpoints.ts";
import type { RuntimeEnv } from "../../catalog/runtime-env.ts";
import type { Page } from "./stages/own-pages.ts";

/** Which of the gateway's own pages are served on its public port, and to whom. */
export interface PageAccess {
  readonly pages: ReadonlyMap<string, Page>;
  /** Those that only callers with the role `admin` get. */
  readonly operatorPaths: ReadonlySet<string>;
}

/**
 * In mode `header` everybody gets all of them, which fits a stack on one's own machine. In mode `jwt` the metrics are on the
 * admin port only, and addresses of services and figures of the business are for operators.
 */
export function pageAccess(
  authMode: RuntimeEnv["AUTH_MODE"],
  pages: ReadonlyMap<string, Page>,
): PageAccess {
  if (authMode === "header") return { pages, operatorPaths: new Set() };
  return {
    pages: new Map([...pages].filter(([path]) => path !== paths.metrics)),
    operatorPaths: new Set([paths.services, paths.dashboard]),
  };
}

/** The role of a token that makes its bearer an operator. */
export const operatorRole = "admin";
