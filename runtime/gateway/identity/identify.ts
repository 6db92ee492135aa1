import type { UserId } from "../../kit/user-id.ts";
import { Problem } from "../../kit/errors.ts";
import type { Exchange } from "../stage.ts";

/**
 * Finds out who asks.
 * @returns undefined when the request does not say
 * @throws Problem when it says so in a way that is not valid
 */
export type Identify = (exchange: Exchange) => UserId | undefined | Promise<UserId | undefined>;

/** Nobody is anybody; a token is refused. */
export const identifyNobody: Identify = ({ request }) => {
  if (request.headers.authorization === undefined) return undefined;
  throw new Problem("token_invalid");
};
