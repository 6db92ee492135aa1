import type { Context } from "hono";
import { z } from "zod";
import { headers } from "../../catalog/endpoints.ts";
import { Problem } from "./errors.ts";
import { parseUserIdHeader } from "./identity.ts";
import { parseJson } from "./json.ts";
import type { ServiceDeps, ServiceHonoEnv } from "./service.ts";
import { type UserId, userIdSchema } from "./user-id.ts";

/**
 * Reads and checks a JSON body.
 * @throws Problem `invalid_json`, or `invalid_request` with every field that is wrong
 */
export async function readBody<Schema extends z.ZodType>(
  context: Context<ServiceHonoEnv>,
  schema: Schema,
): Promise<z.output<Schema>> {
  const text = await context.req.text();
  return check(parseJson(text), schema, "The body is not valid");
}

/** Reads and checks the query. */
export function readQuery<Schema extends z.ZodType>(
  context: Context<ServiceHonoEnv>,
  schema: Schema,
): z.output<Schema> {
  return check(context.req.query(), schema, "The query is not valid");
}

/** Reads a user id out of the path. */
export function readUserParam(context: Context<ServiceHonoEnv>): UserId {
  return check({ user: context.req.param("user") }, userParamSchema, "The path is not valid").user;
}

/** Page of a list: `limit` 1 to 100, `offset` from 0. */
export const pageSchema = z.strictObject({
  limit: z.coerce.number().int().min(1).max(100).default(20),
  offset: z.coerce.number().int().min(0).max(1_000_000).default(0),
});

/**
 * Who asks. The gateway says it in `X-User-ID`; where requests are trusted, a body's `user_id` will do, since services
 * can be asked directly there. Where they are not, only the gateway, which checks, may say it.
 * @throws Problem `invalid_identity`, `identity_missing`
 */
export function readIdentity(
  context: Context<ServiceHonoEnv>,
  { authMode }: Pick<ServiceDeps, "authMode">,
  bodyUserId?: UserId,
): UserId {
  const header = context.req.header(headers.userId);
  if (header !== undefined) return parseUserIdHeader(header);
  if (authMode === "header" && bodyUserId !== undefined) return bodyUserId;
  throw new Problem("identity_missing", {
    message:
      authMode === "header"
        ? 'Say who asks: in the header "X-User-ID", or as "user_id" in the body.'
        : "Log in first: the request does not say who asks.",
  });
}

/** The client's key for a request that must not be done twice, or undefined. */
export function readIdempotencyKey(context: Context<ServiceHonoEnv>): string | undefined {
  const key = context.req.header(headers.idempotencyKey);
  if (key === undefined || /^[\x21-\x7e]{1,128}$/.test(key)) return key;
  throw new Problem("invalid_request", {
    message: 'The header "Idempotency-Key" must be 1 to 128 printable characters without spaces.',
  });
}

function check<Schema extends z.ZodType>(
  value: unknown,
  schema: Schema,
  what: string,
): z.output<Schema> {
  const parsed = schema.safeParse(value);
  if (parsed.success) return parsed.data;
  const problems = parsed.error.issues.map(({ path, message }) => ({
    field: path.join("."),
    problem: message,
  }));
  const list = problems.map(({ field, problem }) =>
    field === "" ? problem : `${field}: ${problem}`,
  );
  throw new Problem("invalid_request", {
    message: `${what}: ${list.join("; ")}.`,
    details: { problems },
  });
}

const userParamSchema = z.object({ user: userIdSchema });
