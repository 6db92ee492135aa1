import type { UserId } from "../../kit/user-id.ts";
import type { Exchange } from "../stage.ts";

/**
 * Finds out who asks, and with which roles.
 * @returns undefined when the request does not say
 * @throws Problem when it says so in a way that is not valid
 */
export type Identify = (exchange: Exchange) => UserId | undefined | Promise<UserId | undefined>;
