import { redisKeys, type RedisAcl } from "./redis-keys.ts";
import type { ServiceDefinition } from "./service-definition.ts";
import { serviceNames, services, type ServiceName } from "./services.ts";

export type RedisClientName = ServiceName | "gateway";

/** Every client of Redis beside the default user. The client's name is its Redis user name. */
export const redisClientNames: readonly RedisClientName[] = ["gateway", ...serviceNames];

/**
 * The least that a client needs, in the syntax of Redis 7: its own keys, its registry entry and its event stream, and of
 * the streams it consumes only what a consumer group does. Redis allows a command when one set of rights covers the command
 * and all of its keys. So a client cannot write an event into the stream of another domain: XADD is in the first set,
 * which lacks those keys, and the second set, which has them, lacks XADD.
 */
export function redisAclFor(name: RedisClientName): RedisAcl {
  return name === "gateway" ? gatewayAcl() : serviceAcl(name, services[name]);
}

/** The rules in one line, everything that is not granted taken away first: `user <name> on #<hash> <rules>`. */
export function renderAclRules({ keys, channels, commands }: RedisAcl): string {
  return ["resetkeys", "resetchannels", "-@all", ...keys, ...channels, ...commands].join(" ");
}

/**
 * Rules of the default user, which needs a password: it may write every key. While Redis 7 loads its append-only file, it
 * checks every EXEC against the default user's rights, and the effects of a script stand there as MULTI … EXEC. With less
 * than this, Redis starts and has silently dropped what scripts wrote (redis/redis#14541, mended there in November 2025).
 * It has no command that only reads, and none that administers.
 */
export const defaultUserRules = "resetkeys ~* resetchannels -@all +@write -@dangerous +ping";

const scripts = ["+eval", "+evalsha"];

/** Recent spans: every client adds its own to those of one request. */
const traces = "~traces:*";

/**
 * Commands on data, by the type they work on, so that the key patterns bound them all. `@dangerous` takes SORT out,
 * which can read keys by a pattern, and `@blocking` takes out what could hold the shared connection.
 */
const data = [
  "+@string",
  "+@hash",
  "+@set",
  "+@sortedset",
  "+@list",
  "-@dangerous",
  "-@blocking",
  "+del",
  "+exists",
  "+pexpire",
  "+xadd",
  "+xrange",
  "+xrevrange",
  "+xlen",
];

/** XACK, XAUTOCLAIM and XGROUP count as writes to the stream, so a consumer needs `~` on it. */
const consume = [
  "+xreadgroup",
  "+xautoclaim",
  "+xpending",
  "+xack",
  "+xgroup|create",
  "+xinfo|groups",
  "+xrange",
];

function serviceAcl(name: ServiceName, service: ServiceDefinition): RedisAcl {
  const own = [...service.redisKeys, redisKeys.eventStream(service.domain)].map((key) => `~${key}`);
  const consumed = service.consumes.map((domain) => `~${redisKeys.eventStream(domain)}`);
  return {
    keys: [
      ...own,
      `~${redisKeys.instance(name, "*")}`,
      `~${redisKeys.serviceInstances(name)}`,
      traces,
    ],
    channels: [`&${redisKeys.registryChannel}`],
    commands: [
      "+ping",
      "+time",
      "+publish",
      ...scripts,
      ...data,
      // A handler's script has the consumed stream and the service's own keys among its keys: one set must cover all.
      ...(consumed.length === 0 ? [] : [selector([...consumed, ...own, ...scripts, ...consume])]),
    ],
  };
}

function gatewayAcl(): RedisAcl {
  const own = "~gateway:*";
  return {
    keys: [own, "%R~registry:*", traces],
    channels: [`&${redisKeys.registryChannel}`],
    commands: [
      "+ping",
      "+time",
      "+subscribe",
      "+unsubscribe",
      ...scripts,
      ...data,
      selector([`~${redisKeys.eventStream("*")}`, own, ...scripts, ...consume]),
    ],
  };
}

function selector(rights: readonly string[]): string {
  return `(${rights.join(" ")})`;
}
