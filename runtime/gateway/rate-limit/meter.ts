import { LRUCache } from "lru-cache";
import { Ring } from "./ring.ts";

/** What this gateway knows of one limit of one user or address. */
export class Meter {
  /** The key without what all keys begin with. */
  readonly name: string;
  /** The key in Redis. */
  readonly key: string;
  readonly limit: number;
  /** The limit as the script takes it, for the last check of a request and for those before it. */
  readonly lastText: string;
  readonly moreText: string;
  /** What this gateway has admitted, noted in every mode, so that it can decide alone at any moment. */
  readonly ring: Ring;
  /**
   * Until when Redis cannot have room, since it said so. Exact: what fills a sliding log leaves it by age alone. On this
   * process' monotonic clock, counted from when the question was sent, which is before Redis looked at its clock.
   */
  blockedUntilMs = 0;
  /** Questions about it that Redis has not answered yet. */
  underWay = 0;

  constructor(name: string, prefix: string, limit: number, windowMs: number) {
    this.name = name;
    this.key = prefix + name;
    this.limit = limit;
    this.lastText = String(limit);
    this.moreText = String(-limit);
    this.ring = new Ring(limit, windowMs);
  }

  /** How long a request surely has to wait, in ms, by what is known here; 0 when it may have room. */
  waitMs(nowMs: number): number {
    const blockedMs = Math.max(0, this.blockedUntilMs - nowMs);
    return this.ring.isFull(nowMs) ? Math.max(blockedMs, this.ring.waitMs(nowMs)) : blockedMs;
  }

  /** Whether answers that are under way could fill it. */
  mayFillUp(nowMs: number): boolean {
    const { limit, underWay, ring } = this;
    if (underWay === 0) return false;
    return ring.count(nowMs) + underWay >= limit;
  }
}

export interface MetersOptions {
  /** In front of every key. */
  readonly prefix: string;
  readonly windowMs: number;
  readonly maxMeters?: number;
  readonly maxBytes?: number;
}

/**
 * A meter without its slots: the object, its ring, texts, and its place in the cache. The heap grows by 550 bytes for each of
 * 20,000 with ids of 8 characters, and by 870 with the longest ids and a route.
 */
const meterBytes = 900;

/**
 * The meters of those who asked last. Bounded by number and by memory: what was not used for longest is forgotten, which can
 * admit too much while Redis is away, and never refuse too early.
 */
export class Meters {
  readonly #prefix: string;
  readonly #windowMs: number;
  readonly #maxBytes: number;
  readonly #meters: LRUCache<string, Meter>;
  #bytes = 0;

  constructor({
    prefix,
    windowMs,
    maxMeters = 20_000,
    maxBytes = 32 * 1024 * 1024,
  }: MetersOptions) {
    this.#prefix = prefix;
    this.#windowMs = windowMs;
    this.#maxBytes = maxBytes;
    this.#meters = new LRUCache({
      max: maxMeters,
      dispose: ({ ring }) => {
        this.#bytes -= meterBytes + ring.bytes;
      },
    });
  }

  get(name: string, limit: number): Meter {
    const known = this.#meters.get(name);
    if (known?.limit === limit) return known;
    const meter = new Meter(name, this.#prefix, limit, this.#windowMs);
    this.#meters.set(name, meter);
    this.#bytes += meterBytes;
    return meter;
  }

  /** Notes an admission, in what is left of the memory. */
  add(meter: Meter, atMs: number): void {
    const before = meter.ring.bytes;
    meter.ring.add(atMs);
    const grown = meter.ring.bytes - before;
    if (grown === 0) return;
    // One that was forgotten while it was under way is not counted: it goes with the last who holds it.
    if (this.#meters.peek(meter.name) !== meter) return;
    this.#bytes += grown;
    while (this.#bytes > this.#maxBytes && this.#meters.pop() !== undefined);
  }

  forget(name: string): void {
    this.#meters.delete(name);
  }

  get size(): number {
    return this.#meters.size;
  }

  /** What they take, as far as that can be known. */
  get bytes(): number {
    return this.#bytes;
  }
}
