/** Limits of one container. Docker's words: memory in MiB, CPU in cores. */
export interface Limits {
  readonly memoryMb: number;
  readonly cpus: number;
}

/** One of the platform's microservices, as it stands in the catalogue. */
export interface ServiceDefinition<Name extends string = string> {
  /** Port the service listens on inside its container; dev publishes the same one on loopback. */
  readonly port: number;
  /**
   * Path under `/api/v1/` that the gateway routes to the service, without slashes. The service's own name works too and
   * is rewritten to this one.
   */
  readonly route: string;
  /** Services it calls over HTTP. They may reach each other; all other pairs of services may not. */
  readonly calls: readonly Name[];
  /** Domain of its event stream `events:<domain>`. */
  readonly domain: string;
  /** Redis key patterns it owns beside its registry entry and its event stream, in Redis ACL syntax. */
  readonly redisKeys: readonly string[];
  /** Streams of other domains it consumes. */
  readonly consumes: readonly string[];
  readonly limits: Limits;
  /** Containers of it, where a stack does not say otherwise. @default 1 */
  readonly replicas?: number;
  /** Paths that must answer 200 to a GET without a body or identity; the validation stage asks for them. */
  readonly probePaths: readonly string[];
}

/**
 * Checks names at compile time: a service may only call services of the same table.
 * @param services the table, keyed by service name
 */
export function defineServices<const Table extends Record<string, ServiceDefinition>>(
  services: Table & {
    [Name in keyof Table]: ServiceDefinition<keyof Table & string>;
  },
): Table {
  return services;
}
