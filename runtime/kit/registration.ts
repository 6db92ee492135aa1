import { z } from "zod";
import { redisKeys } from "../../catalog/redis-keys.ts";
import type { Random } from "./clock.ts";
import type { Logger } from "./logger.ts";
import type { RedisLink } from "./redis.ts";
import { defineScript, runScript } from "./script.ts";

/** What an instance says of itself in the registry. */
export const instanceRecordSchema = z.object({
  service: z.string(),
  instance: z.string(),
  host: z.string(),
  port: z.number().int(),
  release: z.string(),
  /** Differs for every start of the process, so that a restarted instance is not taken for the old one. */
  incarnation: z.string(),
  startedAtMs: z.number(),
});

export type InstanceRecord = z.infer<typeof instanceRecordSchema>;

/** Message on the registry's channel. Delivery is not certain: readers also read the registry every other second. */
export const registryMessageSchema = z.object({
  change: z.enum(["joined", "left"]),
  service: z.string(),
  instance: z.string(),
});

/** An entry lives this long after a heartbeat, so that two may be lost. */
export const registrationTtlMs = 6000;
const heartbeatIntervalMs = 2000;

export interface Registration {
  /** Whether the last heartbeat arrived. */
  isRegistered(): boolean;
  /** Takes the entry away, so that no new request comes. Without Redis it gives up after two seconds. */
  deregister(): Promise<void>;
}

/**
 * Registers this instance and keeps it registered: a heartbeat every 2 s, jittered so that instances that started together
 * do not beat together, and one at once whenever Redis comes back. Without Redis it goes on trying.
 */
export function keepRegistered(
  link: RedisLink,
  record: InstanceRecord,
  { random, logger }: { readonly random: Random; readonly logger: Logger },
): Registration {
  let registered = false;
  let ended = false;
  let timer: NodeJS.Timeout | undefined;
  let beating: Promise<void> = Promise.resolve();

  async function beat(): Promise<void> {
    if (ended) return;
    try {
      await runScript(link.commands, heartbeatScript, scriptInput(record));
      if (!registered) logger.info("registered");
      registered = true;
    } catch (error) {
      if (registered) logger.warn({ err: error }, "the heartbeat failed");
      registered = false;
    }
  }

  function schedule(): void {
    if (ended) return;
    clearTimeout(timer);
    const jitter = 0.9 + 0.2 * random.fraction();
    timer = setTimeout(beatNow, heartbeatIntervalMs * jitter);
  }

  function beatNow(): void {
    clearTimeout(timer);
    beating = beating.then(beat).then(schedule);
  }

  link.onChange((state) => {
    if (state.status === "up") beatNow();
  });
  beatNow();

  return {
    isRegistered: () => registered,
    deregister: async () => {
      ended = true;
      clearTimeout(timer);
      await beating;
      try {
        await runScript(link.commands, deregisterScript, scriptInput(record));
        registered = false;
        logger.info("deregistered");
      } catch (error) {
        logger.warn({ err: error }, "could not deregister; the entry expires by itself");
      }
    },
  };
}

function scriptInput(record: InstanceRecord) {
  const { service, instance } = record;
  return {
    keys: {
      entry: redisKeys.instance(service, instance),
      members: redisKeys.serviceInstances(service),
    },
    args: {
      service,
      instance,
      record: JSON.stringify(record),
      ttlMs: registrationTtlMs,
      channel: redisKeys.registryChannel,
    },
  };
}

const names = {
  keys: ["entry", "members"],
  args: ["service", "instance", "record", "ttlMs", "channel"],
} as const;

const announceLua = `
local function announce(change)
  redis.call('PUBLISH', channel, cjson.encode({ change = change, service = service, instance = instance }))
end`;

/**
 * Entry and score change together and on Redis' clock, so that the clocks of the containers do not matter. Only a change
 * of membership is announced. Entries of instances that died are dropped after ten TTLs, by their own kind; readers never
 * delete.
 */
const heartbeatScript = defineScript({
  name: "registry-heartbeat",
  ...names,
  libraries: [announceLua],
  lua: `
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
local before = redis.call('GET', entry)
redis.call('SET', entry, record, 'PX', ttlMs)
redis.call('ZADD', members, now, instance)
redis.call('ZREMRANGEBYSCORE', members, '-inf', now - 10 * ttlMs)
if before ~= record then announce('joined') end
return now`,
});

/** A new start of the same instance may have registered already: only this start's own entry is taken away. */
const deregisterScript = defineScript({
  name: "registry-deregister",
  ...names,
  libraries: [announceLua],
  lua: `
if redis.call('GET', entry) ~= record then return 0 end
redis.call('DEL', entry)
redis.call('ZREM', members, instance)
announce('left')
return 1`,
});
