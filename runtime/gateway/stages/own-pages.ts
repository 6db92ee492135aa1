import { Problem } from "../../kit/errors.ts";
import { type Answer, sendAnswer } from "../answer.ts";
import { operatorRole, type PageAccess } from "../page-access.ts";
import type { Exchange, Stage } from "../stage.ts";

/** A page of the gateway's own: what it answers now. */
export type Page = () => Answer | Promise<Answer>;

/** Answers the paths that are the gateway's own, to those who may see them. */
export function ownPages({ pages, operatorPaths }: PageAccess): Stage {
  return async function ownPagesStage(exchange, next) {
    const page = pages.get(exchange.path);
    if (page === undefined) return next();
    const { method } = exchange.request;
    if (method !== "GET" && method !== "HEAD") {
      throw new Problem("method_not_allowed", {
        message: `${exchange.path} takes GET and HEAD, not ${method ?? ""}.`,
      });
    }
    if (operatorPaths.has(exchange.path)) refuseOthers(exchange);
    sendAnswer(exchange, await page());
  };
}

function refuseOthers({ path, caller, roles }: Exchange): void {
  if (caller === undefined) {
    throw new Problem("identity_missing", {
      message: `Log in first: ${path} is for callers with the role "${operatorRole}".`,
    });
  }
  if (!roles.includes(operatorRole)) {
    throw new Problem("operators_only", {
      message: `${path} is for callers with the role "${operatorRole}".`,
    });
  }
}
