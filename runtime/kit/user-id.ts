import { z } from "zod";

/** A user as everything inside names one: plain text that can stand in a Redis key, a header and a log line. */
export type UserId = string;

/** A user id as text. */
export const plainUserId = /^[A-Za-z0-9_-]{1,64}$/;

const error = "must be a positive whole number, or 1 to 64 letters, digits, hyphens or underscores";

/** Takes what the plan's trade has, a number, and what the user service gives out, text. */
export const userIdSchema = z
  .union([z.int({ error }).positive({ error }), z.string().regex(plainUserId, { error })], {
    error,
  })
  .transform(String);

/** @returns the id as it came: a number stays a number in answers */
export function renderUserId(id: UserId): string | number {
  return /^[1-9][0-9]{0,14}$/.test(id) ? Number(id) : id;
}
