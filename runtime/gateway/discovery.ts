import type { Redis } from "ioredis";
import { redisKeys } from "../../catalog/redis-keys.ts";
import { serviceNames, type ServiceName } from "../../catalog/services.ts";
import type { Clock } from "../kit/clock.ts";
import type { Logger } from "../kit/logger.ts";
import type { RedisLink } from "../kit/redis.ts";
import {
  instanceRecordSchema,
  registrationTtlMs,
  registryMessageSchema,
} from "../kit/registration.ts";
import {
  type Instance,
  isEmpty,
  mergeSnapshots,
  type Registry,
  type Snapshot,
} from "./registry.ts";

export interface Discovery {
  stop(): void;
}

export interface DiscoveryInput {
  readonly link: RedisLink;
  readonly registry: Registry;
  readonly clock: Clock;
  readonly logger: Logger;
}

const pollIntervalMs = 2000;

/**
 * Keeps the registry's snapshot true. It is read every 2 s, which makes it right, and at once on every message on the
 * registry's channel, which makes it quick. While Redis is away, or has lost the registry, the last snapshot stays.
 */
export function startDiscovery({ link, registry, clock, logger }: DiscoveryInput): Discovery {
  const subscriber = link.openSubscriber();
  let holdUntilMs = 0;
  let running = false;
  /** Reads that were asked for. */
  let asked = 0;
  let lost = false;
  /** Who said goodbye since the running read began, and may still be in it. */
  const left = new Set<string>();

  async function refresh(): Promise<void> {
    asked += 1;
    if (running) return;
    running = true;
    let served: number;
    do {
      served = asked;
      left.clear();
      if (link.state().status !== "up") break;
      try {
        accept(without(left, await readRegistry(link.commands, clock)));
      } catch (error) {
        logger.warn({ err: error }, "the registry could not be read");
      }
      // What happened since that read began is not in it.
    } while (served < asked);
    running = false;
  }

  /**
   * A registry in which nobody is left, where somebody was and did not say goodbye, has been lost, or cannot be read by us or
   * written by them. Who is known stays, as while Redis is away; who is dead refuses connections, and is ejected for that.
   */
  function accept(read: Snapshot): void {
    const before = registry.snapshot();
    const holdKnown = clock.nowMs() < holdUntilMs;
    const next = mergeSnapshots(before, read, { holdKnown, ttlMs: registrationTtlMs });
    const isLost = isEmpty(next) && !isEmpty(before) && before.source === "redis";
    if (isLost !== lost) {
      lost = isLost;
      registry.setRedisUp(!lost);
      if (lost) logger.warn("the registry is empty; the instances that were last known stay");
      else logger.info("the registry has instances again");
    }
    if (!lost) registry.replace(next);
  }

  function hear(text: string): void {
    const message = registryMessageSchema.safeParse(parseMessage(text));
    if (message.success && message.data.change === "left") {
      const { service, instance } = message.data;
      left.add(memberKey(service, instance));
      registry.remove(service, instance);
    }
    void refresh();
  }

  subscriber.on("message", (_channel, text: string) => hear(text));
  subscriber.subscribe(redisKeys.registryChannel).catch((error: unknown) => {
    logger.warn({ err: error }, "no registry messages; it is read every 2 s all the same");
  });
  link.onChange(({ status }) => {
    if (status === "up") holdUntilMs = clock.nowMs() + registrationTtlMs;
    registry.setRedisUp(status === "up" && !lost);
    void refresh();
  });
  registry.setRedisUp(link.state().status === "up");
  void refresh();
  const timer = setInterval(() => {
    void refresh();
    // Nothing else would notice that the other end of an idle subscription is gone.
    if (subscriber.status === "ready") subscriber.ping().catch(() => undefined);
  }, pollIntervalMs);

  return {
    stop: () => {
      clearInterval(timer);
      subscriber.disconnect();
    },
  };
}

/** One consistent look: members with their heartbeats, and the records of those that are alive. */
async function readRegistry(redis: Redis, clock: Clock): Promise<Snapshot> {
  const [time, ...members] = await Promise.all([
    redis.time(),
    ...serviceNames.map((service) =>
      redis.zrange(redisKeys.serviceInstances(service), "0", "-1", "WITHSCORES"),
    ),
  ]);
  const readAtMs = clock.nowMs();
  const redisNowMs = Number(time[0]) * 1000 + Math.floor(Number(time[1]) / 1000);
  const alive = serviceNames.flatMap((service, index) =>
    pairs(members[index] ?? [])
      .map(([id, score]) => ({ service, id, heartbeatMs: Number(score) }))
      .filter(({ heartbeatMs }) => heartbeatMs > redisNowMs - registrationTtlMs),
  );
  const records =
    alive.length === 0
      ? []
      : await redis.mget(alive.map(({ service, id }) => redisKeys.instance(service, id)));
  const instances = new Map<ServiceName, Instance[]>(serviceNames.map((name) => [name, []]));
  for (const [index, { service, id, heartbeatMs }] of alive.entries()) {
    const record = instanceRecordSchema.safeParse(parseMessage(records[index] ?? ""));
    if (!record.success) continue;
    const { host, port, incarnation, release, startedAtMs } = record.data;
    instances
      .get(service)
      ?.push({ service, id, host, port, incarnation, release, startedAtMs, heartbeatMs });
  }
  return { source: "redis", instances, readAtMs, redisNowMs };
}

const memberKey = (service: string, id: string): string => `${service} ${id}`;

function without(left: ReadonlySet<string>, read: Snapshot): Snapshot {
  if (left.size === 0) return read;
  const instances = [...read.instances].map(
    ([service, list]) =>
      [service, list.filter(({ id }) => !left.has(memberKey(service, id)))] as const,
  );
  return { ...read, instances: new Map(instances) };
}

function pairs(flat: readonly string[]): (readonly [string, string])[] {
  return Array.from(
    { length: Math.floor(flat.length / 2) },
    (_, index) => [flat[2 * index] ?? "", flat[2 * index + 1] ?? ""] as const,
  );
}

/** What others wrote is never trusted to be well-formed. */
function parseMessage(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return undefined;
  }
}
