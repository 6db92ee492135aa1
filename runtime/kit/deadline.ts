import type { MiddlewareHandler } from "hono";
import { headers } from "../../catalog/endpoints.ts";
import { Problem } from "./errors.ts";

/** Less than this is not enough for anything that asks Redis, with the way back to who waits for it. */
const minWorkMs = 5;

/**
 * Refuses a request whose answer would come too late for the one who waits: what is left of its time is said in
 * `X-Request-Deadline-Ms`. To do the work all the same would cost others theirs, and a change would be made that the client was
 * told has failed. A value that makes no sense is ignored.
 */
export const refuseLate: MiddlewareHandler = async (context, next) => {
  const said = context.req.header(headers.deadline);
  if (said !== undefined && /^\d{1,9}$/.test(said) && Number(said) < minWorkMs) {
    throw new Problem("deadline_exceeded", {
      message: `The answer was to come within ${said} ms, which is too short to begin; nothing was done.`,
    });
  }
  await next();
};
