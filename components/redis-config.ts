import { renderAclRules } from "../catalog/redis-acl.ts";
import type { RedisAcl } from "../catalog/redis-keys.ts";

/** Redis' own user for connections without a name. */
export const defaultUser = "default";

export interface RedisConfigInput {
  readonly memoryMb: number;
  /** SHA-256 of the default user's password, in hexadecimal digits. */
  readonly defaultHash: string;
  /** Client name to its rights and the SHA-256 of its password, in hexadecimal digits. */
  readonly users: Readonly<Record<string, { readonly acl: RedisAcl; readonly hash: string }>>;
}

/** Share of the container's memory for data; the rest is for the copy-on-write of a rewrite and for client buffers. */
const dataShare = 0.6;

/**
 * The text of redis.conf. Everything is appended to a file that is synced each second, and nothing is ever evicted.
 *
 * The default user needs a password, and may write. Both are for the data's sake: when Redis 7 loads the append-only
 * file it runs every transaction and every script's effects as the default user, with that user's rights, and silently
 * drops what those forbid (redis/redis#14541, mended there in November 2025). A default user that may only `PING` loses the
 * data at the next start. It has no command that only reads, and `redis-cli` in the container knows its password.
 */
export function redisConfig({ memoryMb, defaultHash, users }: RedisConfigInput): string {
  const lines = [
    "bind * -::*",
    "port 6379",
    "dir /data",
    "appendonly yes",
    "appendfsync everysec",
    'save ""',
    `maxmemory ${Math.floor(memoryMb * dataShare)}mb`,
    "maxmemory-policy noeviction",
    "protected-mode no",
    "timeout 0",
    "tcp-keepalive 60",
    `user ${defaultUser} on #${defaultHash} resetkeys ~* resetchannels -@all +@write -@dangerous +ping`,
    ...Object.entries(users)
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .map(([name, { acl, hash }]) => `user ${name} on #${hash} ${renderAclRules(acl)}`),
  ];
  return `${lines.join("\n")}\n`;
}
