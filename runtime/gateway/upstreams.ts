import { lookup as dnsLookup, type LookupAddress } from "node:dns";
import type { LookupFunction } from "node:net";
import { Pool } from "undici";
import type { ServiceName } from "../../catalog/services.ts";
import type { Random } from "../kit/clock.ts";
import { type Instance, instanceKey, type Registry } from "./registry.ts";

/** Connections to one instance, and how many requests it has. */
export interface Upstream {
  readonly instance: Instance;
  readonly pool: Pool;
  /** `host:port` */
  readonly hostHeader: string;
  outstanding: number;
}

/** Connections to all instances that are known. */
export interface Upstreams {
  /** Of two instances taken at random the one with fewer requests; undefined when there is none to choose from. */
  choose(candidates: readonly Instance[]): Upstream | undefined;
  /** What the connections to all instances of a service are doing now. */
  connections(service: ServiceName): ConnectionCounts;
  close(): Promise<void>;
}

/** undici's own figures, over all instances of a service. */
export interface ConnectionCounts {
  /** Open connections. */
  readonly open: number;
  /** Requests that are on one. */
  readonly running: number;
  /** Requests that wait for one. */
  readonly waiting: number;
}

/** A container that was stopped answers with nothing at all, or with an error after three seconds. */
const connectTimeoutMs = 500;
/**
 * A request beyond these waits for one, behind all that a hanging instance has: also when it is back. So there are nearly as
 * many as the shed stage lets through to one service; but no more than the kernel holds (511) for a process that sleeps and does not
 * accept them, since then connections would fail.
 */
const maxConnectionsPerInstance = 500;
/** Shorter than the services keep idle connections, or a request would meet one that is just closing. */
const idleTimeoutMs = 30_000;
/** Longest silence in the middle of an answer. */
const bodyTimeoutMs = 10_000;

export function createUpstreams(registry: Registry, random: Random): Upstreams {
  const upstreams = new Map<string, Upstream>();
  const lookup = sharedLookup();

  /** By the registry's own objects, which are the same until it is read again: found without putting a key together. */
  let found = new Map<Instance, Upstream>();

  function open(instance: Instance): Upstream {
    const known = found.get(instance);
    if (known !== undefined) return known;
    const key = instanceKey(instance);
    const upstream = upstreams.get(key) ?? connectTo(instance, lookup);
    upstreams.set(key, upstream);
    found.set(instance, upstream);
    return upstream;
  }

  // Connections of an instance that is gone, or of its last start, are closed when their requests have ended.
  registry.onChange(() => {
    found = new Map();
    const known = new Set([...registry.snapshot().instances.values()].flat().map(instanceKey));
    for (const [key, { pool }] of upstreams) {
      if (known.has(key)) continue;
      upstreams.delete(key);
      void pool.close();
    }
  });

  return {
    choose: (candidates) => {
      const count = candidates.length;
      const first = Math.floor(random.fraction() * count);
      const one = candidates[first];
      if (one === undefined) return undefined;
      const a = open(one);
      // Any of the others, each as likely.
      const other = candidates[(first + 1 + Math.floor(random.fraction() * (count - 1))) % count];
      if (count === 1 || other === undefined) return a;
      const b = open(other);
      return b.outstanding < a.outstanding ? b : a;
    },
    connections: (service) => {
      let [open, running, waiting] = [0, 0, 0];
      for (const { instance, pool } of upstreams.values()) {
        if (instance.service !== service) continue;
        open += pool.stats.connected;
        running += pool.stats.running;
        waiting += pool.stats.pending;
      }
      return { open, running, waiting };
    },
    close: async () => {
      await Promise.all([...upstreams.values()].map(({ pool }) => pool.close()));
    },
  };
}

function connectTo(instance: Instance, lookup: LookupFunction): Upstream {
  const hostHeader = `${instance.host}:${instance.port}`;
  const pool = new Pool(`http://${hostHeader}`, {
    connections: maxConnectionsPerInstance,
    pipelining: 1,
    keepAliveTimeout: idleTimeoutMs,
    keepAliveMaxTimeout: idleTimeoutMs,
    // Each request has a deadline of its own.
    headersTimeout: 0,
    bodyTimeout: bodyTimeoutMs,
    connect: { timeout: connectTimeoutMs, lookup, autoSelectFamily: false },
  });
  return { instance, pool, hostHeader, outstanding: 0 };
}

/**
 * Names are looked up for every new connection, since a restarted container may have another address; but one name is
 * looked up once at a time. A name that is gone can take the resolver seconds, and each lookup holds one of the few threads
 * that also reach Redis.
 */
function sharedLookup(): LookupFunction {
  const running = new Map<string, Promise<LookupAddress>>();
  const find = (hostname: string): Promise<LookupAddress> =>
    new Promise((resolve, reject) => {
      dnsLookup(hostname, { family: 4 }, (error, address, family) => {
        if (error === null) resolve({ address, family });
        else reject(error);
      });
    });
  return (hostname, options, callback) => {
    const found = running.get(hostname) ?? find(hostname).finally(() => running.delete(hostname));
    running.set(hostname, found);
    found.then(
      ({ address, family }) => {
        if (options.all === true) callback(null, [{ address, family }]);
        else callback(null, address, family);
      },
      (error: unknown) => callback(error as NodeJS.ErrnoException, ""),
    );
  };
}
