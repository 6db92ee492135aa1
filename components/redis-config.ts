import { defaultUserRules, renderAclRules } from "../catalog/redis-acl.ts";
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
 * `redis-cli` in the container knows the default user's password; nobody else does.
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
    `user ${defaultUser} on #${defaultHash} ${defaultUserRules}`,
    ...Object.entries(users)
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .map(([name, { acl, hash }]) => `user ${name} on #${hash} ${renderAclRules(acl)}`),
  ];
  return `${lines.join("\n")}\n`;
}
