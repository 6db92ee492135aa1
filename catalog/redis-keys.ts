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
  /** Stream of the events that a client gave up on; it lies among the client's own keys. */
  deadLetters: (client: string): string => `${client}:dead`,
  /** Hash: account → balance in 10⁻⁸ units. The sum over all fields is zero. */
  ledgerAccounts: "ledger:accounts",
  /** Stream: every entry ever posted. It is the books, so it is never trimmed. */
  ledgerJournal: "ledger:journal",
  /** Set: ids of the posted entries, so that a repeated posting changes nothing. */
  ledgerEntryIds: "ledger:entry-ids",
  /** Number of the segment of recent spans that is written to now. Every client writes spans, whatever its domain. */
  traceHead: "traces:head",
  /** Hash: correlation id → spans. One of a fixed ring of segments, of which the oldest is emptied for the next. */
  traceSegment: (slot: number): string => `traces:segment:${slot}`,
} as const;

/** Memory that the recent spans take in Redis at most, in MiB, however many there are. */
export const traceStoreMb = 18;

/**
 * Redis ACL of one client. A client's rights are `keys`, `channels` and `commands` one after the other, as they stand in
 * an ACL file after everything was taken away.
 */
export interface RedisAcl {
  /** Key patterns: `~` read and write, `%R~` read only. */
  readonly keys: readonly string[];
  /** `&channel` */
  readonly channels: readonly string[];
  /** `+command`, `+@category`, `-@category`; then, in brackets, further sets of rights: Redis calls them selectors. */
  readonly commands: readonly string[];
}
