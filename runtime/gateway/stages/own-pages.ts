import { Problem } from "../../kit/errors.ts";
import { type Answer, sendAnswer } from "../answer.ts";
import type { Stage } from "../stage.ts";

/** A page of the gateway's own: what it answers now. */
export type Page = () => Answer | Promise<Answer>;

/** Answers the paths that are the gateway's own. */
export function ownPages(pages: ReadonlyMap<string, Page>): Stage {
  return async function ownPagesStage(exchange, next) {
    const page = pages.get(exchange.path);
    if (page === undefined) return next();
    const { method } = exchange.request;
    if (method !== "GET" && method !== "HEAD") {
      throw new Problem("method_not_allowed", {
        message: `${exchange.path} takes GET and HEAD, not ${method ?? ""}.`,
      });
    }
    sendAnswer(exchange, await page());
  };
}
