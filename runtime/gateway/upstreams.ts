import { lookup as dnsLookup, type LookupAddress } from "node:dns";
import type { LookupFunction } from "node:net";
import { Pool } from "undici";
import type { Random } from "../kit/clock.ts";
import { type Instance, instanceKey, type Registry } from "./registry.ts";

/** Connections to one instance, and how many requests it has. */
export interface Upstream {
  readonly instance: Instance;
  readonly pool: Pool;
  outstanding: number;
}

/** Connections to all instances that are known. */
export interface Upstreams {
  /** Of two instances taken at random the one with fewer requests; undefined when there is none to choose from. */
  choose(candidates: readonly Instance[]): Upstream | undefined;
  close(): Promise<void>;
}

/** A container that was stopped answers with nothing at all, or with an error after three seconds. */
const connectTimeoutMs = 500;
const maxConnectionsPerInstance = 128;
/** Shorter than the services keep idle connections, or a request would meet one that is just closing. */
const idleTimeoutMs = 30_000;
/** Longest silence in the middle of an answer. */
const bodyTimeoutMs = 10_000;

export function createUpstreams(registry: Registry, random: Random): Upstreams {
  const upstreams = new Map<string, Upstream>();
  const lookup = sharedLookup();

  function open(instance: Instance): Upstream {
    const key = instanceKey(instance);
    const known = upstreams.get(key);
    if (known !== undefined) return known;
    const pool = new Pool(`http://${instance.host}:${instance.port}`, {
      connections: maxConnectionsPerInstance,
      pipelining: 1,
      keepAliveTimeout: idleTimeoutMs,
      keepAliveMaxTimeout: idleTimeoutMs,
      // Each request has a deadline of its own.
      headersTimeout: 0,
      bodyTimeout: bodyTimeoutMs,
      connect: { timeout: connectTimeoutMs, lookup, autoSelectFamily: false },
    });
    const upstream = { instance, pool, outstanding: 0 };
    upstreams.set(key, upstream);
    return upstream;
  }

  // Connections of an instance that is gone, or of its last start, are closed when their requests have ended.
  registry.onChange(() => {
    const known = new Set([...registry.snapshot().instances.values()].flat().map(instanceKey));
    for (const [key, { pool }] of upstreams) {
      if (known.has(key)) continue;
      upstreams.delete(key);
      void pool.close();
    }
  });

  return {
    choose: (candidates) => {
      const first = pick(candidates, random);
      if (first === undefined) return undefined;
      if (candidates.length === 1) return open(first);
      const others = candidates.filter((candidate) => candidate !== first);
      const second = pick(others, random) ?? first;
      const [a, b] = [open(first), open(second)];
      return b.outstanding < a.outstanding ? b : a;
    },
    close: async () => {
      await Promise.all([...upstreams.values()].map(({ pool }) => pool.close()));
    },
  };
}

function pick<Item>(items: readonly Item[], random: Random): Item | undefined {
  return items[Math.floor(random.fraction() * items.length)];
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
