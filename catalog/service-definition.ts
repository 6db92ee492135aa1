/** Limits of one container. Docker's words: memory in MiB, CPU in cores. */
export interface Limits {
  readonly memoryMb: number;
  readonly cpus: number;
}

/** What the gateway does at some of a service's paths, and not at the others. */
export interface RouteRule {
  /** Path below the service's route: `/execute`, exactly; with `/*` at its end, everything below too. */
  readonly path: string;
  /** Methods it holds for. @default all */
  readonly methods?: readonly string[];
  /** Requests a user may make in any 60 s at these paths, beside the limit over all paths. @default no limit of its own */
  readonly userPerMinute?: number;
  /**
   * While the service cannot answer a GET, the last good answer may be shown instead, marked as such. Only for answers that are
   * the same for everybody. @default false
   */
  readonly staleOk?: boolean;
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
  /** Rules for some of its paths; the first that fits a request holds. @default none */
  readonly routeRules?: readonly RouteRule[];
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
