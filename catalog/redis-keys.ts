/**
 * Names in Redis that more than one container uses. A service's own keys start with its name; the ledger's with
 * `ledger:`.
 */
export const redisKeys = {
  /** Hash-less JSON value with a TTL: one registered instance. */
  instance: (service: string, instance: string): string =>
    `registry:instance:${service}:${instance}`,
  /** Sorted set: instance ids of a service, scored by last heartbeat on Redis' clock in ms. */
  serviceInstances: (service: string): string => `registry:service:${service}`,
  /** Pub/sub channel that says "membership changed". */
  registryChannel: "registry:events",
  /** Stream of one domain's events. */
  eventStream: (domain: string): string => `events:${domain}`,
} as const;

/** Redis ACL of one client: key patterns with their rights, channels and commands, in Redis ACL syntax. */
export interface RedisAcl {
  readonly keys: readonly string[];
  readonly channels: readonly string[];
  readonly commands: readonly string[];
}
