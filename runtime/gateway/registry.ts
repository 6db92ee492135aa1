import { RuntimeEnvError } from "../../catalog/runtime-env.ts";
import { serviceNames, type ServiceName } from "../../catalog/services.ts";
import type { Clock } from "../kit/clock.ts";

/** A place where a service can be reached. */
export interface Instance {
  readonly service: ServiceName;
  readonly id: string;
  readonly host: string;
  readonly port: number;
  /** Differs for every start of the process; `seed` for one that is only assumed. */
  readonly incarnation: string;
  readonly release: string | null;
  readonly startedAtMs: number | null;
  /** Last heartbeat on Redis' clock; null for a seed. */
  readonly heartbeatMs: number | null;
}

/** What is known of all instances at one moment. Never changed, only replaced. */
export interface Snapshot {
  /** `seed`: Redis was never reached. */
  readonly source: "redis" | "seed";
  readonly instances: ReadonlyMap<ServiceName, readonly Instance[]>;
  /** When it was read, on our clock and on Redis'; both null for seeds. */
  readonly readAtMs: number | null;
  readonly redisNowMs: number | null;
}

export type RegistrySource = "redis" | "last-known" | "seed";

/** Where requests can go now: the last snapshot, less the instances that refused a connection since. */
export interface Registry {
  snapshot(): Snapshot;
  source(): RegistrySource;
  /** Instances that requests may go to. */
  usable(service: ServiceName): readonly Instance[];
  isEjected(instance: Instance): boolean;
  /** Takes an instance out that could not be connected to. */
  eject(instance: Instance): void;
  /** Takes an instance in again that answers after all. */
  readmit(instance: Instance): void;
  replace(snapshot: Snapshot): void;
  /** Takes an instance out that said it leaves. */
  remove(service: string, id: string): void;
  /** Whether the registry can be read: what was read stays valid without it, and nothing new is heard. */
  setRedisUp(up: boolean): void;
  /** Called on every change of what is usable. */
  onChange(listener: () => void): void;
}

const nobody: readonly Instance[] = [];

/** While no heartbeat can be seen, an instance is tried again after this long. */
const ejectForMs = 5000;

export function createRegistry(clock: Clock, seeds: readonly Instance[]): Registry {
  let snapshot = seedSnapshot(seeds);
  let redisUp = false;
  /** Instance key → when it was ejected, on our clock and, where known, on Redis'. */
  const ejected = new Map<string, { readonly atMs: number; readonly redisMs: number | null }>();
  const listeners: (() => void)[] = [];
  const changed = (): void => {
    for (const listener of listeners) listener();
  };

  function source(): RegistrySource {
    if (snapshot.source === "seed") return "seed";
    return redisUp ? "redis" : "last-known";
  }

  function isEjected(instance: Instance): boolean {
    const ejection = ejected.get(instanceKey(instance));
    if (ejection === undefined) return false;
    // A heartbeat after the refusal proves it alive; until then there is no point in letting a request find out.
    if (source() === "redis" && ejection.redisMs !== null) {
      return (instance.heartbeatMs ?? 0) <= ejection.redisMs;
    }
    return clock.nowMs() < ejection.atMs + ejectForMs;
  }

  return {
    snapshot: () => snapshot,
    source,
    isEjected,
    usable: (service) => {
      const known = snapshot.instances.get(service) ?? nobody;
      return ejected.size === 0 ? known : known.filter((instance) => !isEjected(instance));
    },
    eject: (instance) => {
      const atMs = clock.nowMs();
      const { readAtMs, redisNowMs } = snapshot;
      const known = readAtMs !== null && redisNowMs !== null;
      ejected.set(instanceKey(instance), {
        atMs,
        redisMs: known ? redisNowMs + (atMs - readAtMs) : null,
      });
      changed();
    },
    readmit: (instance) => {
      if (ejected.delete(instanceKey(instance))) changed();
    },
    replace: (next) => {
      snapshot = next;
      // Ejections that no longer hold would have to be looked up for every request.
      const held = [...next.instances.values()].flat().filter(isEjected).map(instanceKey);
      const keys = new Set(held);
      for (const key of ejected.keys()) if (!keys.has(key)) ejected.delete(key);
      changed();
    },
    remove: (service, id) => {
      const instances = new Map(snapshot.instances);
      for (const [name, list] of instances) {
        if (name === service)
          instances.set(
            name,
            list.filter((instance) => instance.id !== id),
          );
      }
      snapshot = { ...snapshot, instances };
      changed();
    },
    setRedisUp: (up) => {
      redisUp = up;
      changed();
    },
    onChange: (listener) => void listeners.push(listener),
  };
}

/** Two starts of one instance are two keys: connections of the one are no use for the other. */
export function instanceKey({ id, host, port, incarnation }: Instance): string {
  return `${id}@${host}:${port}#${incarnation}`;
}

/**
 * What to go on with after a read. An instance that is missing in it, and did not say that it leaves, is kept while its last
 * heartbeat is not too old: Redis may have lost the entry, and the next heartbeat brings it back. For some seconds after Redis
 * came back all are kept, since nobody could beat before.
 * @param holdKnown whether it is within those seconds
 * @param ttlMs how old a heartbeat may be
 */
export function mergeSnapshots(
  before: Snapshot,
  read: Snapshot,
  { holdKnown, ttlMs }: { readonly holdKnown: boolean; readonly ttlMs: number },
): Snapshot {
  if (before.source === "seed") return read;
  const oldestMs = (read.redisNowMs ?? 0) - ttlMs;
  const instances = serviceNames.map((service) => {
    const now = read.instances.get(service) ?? [];
    const ids = new Set(now.map(({ id }) => id));
    const kept = (before.instances.get(service) ?? []).filter(
      ({ id, heartbeatMs }) => !ids.has(id) && (holdKnown || (heartbeatMs ?? 0) > oldestMs),
    );
    return [service, [...now, ...kept]] as const;
  });
  return { ...read, instances: new Map(instances) };
}

/** Whether no instance of any service is in it. */
export function isEmpty({ instances }: Snapshot): boolean {
  return [...instances.values()].every((list) => list.length === 0);
}

/**
 * Reads `SEED_INSTANCES`: `name=host:port`, separated by commas.
 * @throws RuntimeEnvError naming the entry that is wrong
 */
export function parseSeeds(text: string): Instance[] {
  const entries = text.split(",").map((entry) => entry.trim());
  return entries.filter((entry) => entry !== "").map(parseSeed);
}

function parseSeed(entry: string): Instance {
  const match = /^([a-z-]+)=([A-Za-z0-9._-]+):([0-9]{1,5})$/.exec(entry);
  const service = serviceNames.find((name) => name === match?.[1]);
  if (match === null || service === undefined) {
    throw new RuntimeEnvError(
      `SEED_INSTANCES has "${entry}"; an entry is name=host:port, name one of ${serviceNames.join(", ")}.`,
    );
  }
  const [, , host = "", port = ""] = match;
  return {
    service,
    id: `${host}:${port}`,
    host,
    port: Number(port),
    incarnation: "seed",
    release: null,
    startedAtMs: null,
    heartbeatMs: null,
  };
}

function seedSnapshot(seeds: readonly Instance[]): Snapshot {
  const instances = serviceNames.map(
    (service) => [service, seeds.filter((seed) => seed.service === service)] as const,
  );
  return { source: "seed", instances: new Map(instances), readAtMs: null, redisNowMs: null };
}
