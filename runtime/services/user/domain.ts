import { z } from "zod";
import { redisKeys } from "../../../catalog/redis-keys.ts";
import { isoTime } from "../../kit/clock.ts";
import { Problem } from "../../kit/errors.ts";
import { encodeEvent, publishLua } from "../../kit/events.ts";
import { defineScript, runScript } from "../../kit/script.ts";
import type { ServiceDeps } from "../../kit/service.ts";
import type { UserId } from "../../kit/user-id.ts";
import {
  type ProfileChange,
  profileChangeSchema,
  type Registration,
  type User,
} from "./profile.ts";

const userKeys = {
  user: (id: UserId) => `user:account:${id}`,
  /** Hash: name or e-mail address, in small letters → id. Both are unique. */
  usernames: "user:usernames",
  emails: "user:emails",
  /** Sorted set: ids by time of registration. */
  index: "user:index",
} as const;

/**
 * Creates a user with a name and an e-mail address that nobody has.
 * @throws Problem `conflict` that names everything that is taken
 */
export async function registerUser(
  deps: ServiceDeps,
  { username, email }: Registration,
  correlationId: string,
): Promise<User> {
  const id = `usr_${deps.random.hex(8)}`;
  const now = isoTime(deps.clock);
  const reply = await runScript(deps.redis, registerScript, {
    keys: {
      user: userKeys.user(id),
      usernames: userKeys.usernames,
      emails: userKeys.emails,
      index: userKeys.index,
      events: redisKeys.eventStream(deps.events.domain),
    },
    args: {
      id,
      username,
      usernameKey: username.toLowerCase(),
      email,
      emailKey: email.toLowerCase(),
      now,
      nowMs: deps.clock.nowMs(),
      // No event carries an e-mail address: streams are read by services that have no use for it.
      event: encodeEvent(deps.events, {
        name: "user_registered",
        correlationId,
        payload: { user_id: id, username },
      }),
    },
  });
  const taken = z.array(z.string()).parse(reply);
  if (taken.length > 0) {
    throw new Problem("conflict", {
      message: `Already taken: ${taken.join(", ")}.`,
      details: { taken },
    });
  }
  return findUser(deps, id);
}

/** @throws Problem `not_found` */
export async function findUser({ redis }: ServiceDeps, id: UserId): Promise<User> {
  const fields = await redis.hgetall(userKeys.user(id));
  if (fields["id"] === undefined) throw unknownUser(id);
  return parseUser(fields);
}

/** Users in the order of registration, newest first. */
export async function listUsers(
  { redis }: ServiceDeps,
  { limit, offset }: { readonly limit: number; readonly offset: number },
): Promise<{ readonly users: readonly User[]; readonly total: number }> {
  const total = await redis.zcard(userKeys.index);
  const ids = await redis.zrevrange(userKeys.index, offset, offset + limit - 1);
  const found = await Promise.all(ids.map((id) => redis.hgetall(userKeys.user(id))));
  return { users: found.map(parseUser), total };
}

/** @throws Problem `not_found` */
export async function changeProfile(
  deps: ServiceDeps,
  { user, change, correlationId }: { user: UserId; change: ProfileChange; correlationId: string },
): Promise<User> {
  const changed = Object.entries(change);
  const reply = await runScript(deps.redis, changeProfileScript, {
    keys: {
      user: userKeys.user(user),
      events: redisKeys.eventStream(deps.events.domain),
    },
    args: {
      now: isoTime(deps.clock),
      change: JSON.stringify(changed.map(([field, value]) => [`profile.${field}`, value])),
      event: encodeEvent(deps.events, {
        name: "profile_updated",
        correlationId,
        payload: { user_id: user, updated_fields: changed.map(([field]) => field) },
      }),
    },
  });
  if (reply === 0) throw unknownUser(user);
  return findUser(deps, user);
}

function unknownUser(id: UserId): Problem {
  return new Problem("not_found", { message: `There is no user "${id}".` });
}

function parseUser(fields: Record<string, string>): User {
  const stored = storedUserSchema.parse(fields);
  const profile = Object.entries(fields).flatMap(([key, value]) =>
    key.startsWith("profile.") ? [[key.slice("profile.".length), value] as const] : [],
  );
  return {
    ...stored,
    is_active: stored.is_active === "true",
    profile: profileFieldsSchema.parse(Object.fromEntries(profile)),
  };
}

const storedUserSchema = z.object({
  id: z.string(),
  username: z.string(),
  email: z.string(),
  created_at: z.string(),
  updated_at: z.string(),
  is_active: z.enum(["true", "false"]),
});

const profileFieldsSchema = z.object(profileChangeSchema.shape);

const registerScript = defineScript({
  name: "user-register",
  keys: ["user", "usernames", "emails", "index", "events"],
  args: ["id", "username", "usernameKey", "email", "emailKey", "now", "nowMs", "event"],
  libraries: [publishLua],
  lua: `
local taken = {}
if redis.call('HEXISTS', usernames, usernameKey) == 1 then taken[#taken + 1] = 'username' end
if redis.call('HEXISTS', emails, emailKey) == 1 then taken[#taken + 1] = 'email' end
if #taken > 0 then return taken end
redis.call('HSET', usernames, usernameKey, id)
redis.call('HSET', emails, emailKey, id)
redis.call('HSET', user, 'id', id, 'username', username, 'email', email,
  'created_at', now, 'updated_at', now, 'is_active', 'true')
redis.call('ZADD', index, nowMs, id)
publish(events, event)
return taken`,
});

const changeProfileScript = defineScript({
  name: "user-change-profile",
  keys: ["user", "events"],
  args: ["now", "change", "event"],
  libraries: [publishLua],
  lua: `
if redis.call('EXISTS', user) == 0 then return 0 end
for _, field in ipairs(cjson.decode(change)) do
  redis.call('HSET', user, field[1], field[2])
end
redis.call('HSET', user, 'updated_at', now)
publish(events, event)
return 1`,
});
