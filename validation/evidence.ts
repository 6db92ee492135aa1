/**
 * What the probes found. Plain JSON: it is saved beside the report, and the checks can be run on it again without the
 * platform. No environment value of a container is in it.
 */
export type Evidence = { readonly [Name in SectionName]?: Probed<Sections[Name]> };

/** What one probe found, or why it found nothing. */
export type Probed<T> =
  | { readonly value: T }
  /** The probe failed: nothing is known. */
  | { readonly error: string }
  /** There was nothing to look at, or no time to. */
  | { readonly skipped: string };

/** Findings about several things of one kind, by name. One that cannot be read does not hide the others. */
export type Items<T> = Readonly<Record<string, Probed<T>>>;

export type SectionName = keyof Sections;
export type ItemSectionName = {
  [Name in SectionName]: Sections[Name] extends Items<unknown> ? Name : never;
}[SectionName];
export type ItemOf<Name extends ItemSectionName> =
  Sections[Name] extends Items<infer Item> ? Item : never;

/** One entry a probe. */
export interface Sections {
  readonly engine: EngineFacts;
  /** By container name. */
  readonly containers: Items<ContainerState>;
  /** By image reference or id, as the deployment names it. */
  readonly images: Items<ImageFacts>;
  /** By network name. */
  readonly networks: Items<NetworkFacts>;
  /** By volume name. */
  readonly volumes: Items<VolumeFacts>;
  readonly inventory: InventoryFacts;
  /** By container name: what the kernel enforces. */
  readonly cgroups: Items<CgroupFacts>;
  /** By container name, from which the connections were tried. */
  readonly reachability: Items<readonly ConnectionAttempt[]>;
  readonly redis: RedisFacts;
  readonly selfCheck: SelfCheckFacts;
  readonly gateway: GatewayFacts;
  /** By path, asked for through the gateway. */
  readonly routes: Items<HttpAnswer>;
  readonly trade: TradeFacts;
  readonly load: LoadFacts;
  readonly rateLimit: RateLimitFacts;
  readonly prometheus: PrometheusFacts;
  readonly grafana: HttpAnswer;
  /** By container name, for containers that are not well: the last lines they wrote. */
  readonly logs: Items<readonly string[]>;
}

export interface EngineFacts {
  readonly version: string;
  readonly apiVersion: string;
  readonly os: string;
  readonly architecture: string;
  readonly kernel: string;
  readonly cgroupVersion: "1" | "2";
  readonly cgroupDriver: string;
  readonly storageDriver: string;
  /** Whether the engine can limit swap. */
  readonly swapLimit: boolean;
  readonly cpus: number;
  readonly memoryBytes: number;
}

export type ContainerState = { readonly exists: false } | ContainerFacts;

export interface ContainerFacts {
  readonly exists: true;
  readonly id: string;
  readonly imageId: string;
  /** Docker's word: created, running, paused, restarting, removing, exited, dead. */
  readonly status: string;
  readonly exitCode: number;
  /** Docker's word: starting, healthy, unhealthy; `none` without a health check. */
  readonly health: string;
  /** What the last health check printed. */
  readonly healthOutput: string;
  readonly restartCount: number;
  readonly oomKilled: boolean;
  readonly startedAt: string;
  /** When this was read. */
  readonly observedAt: string;
  readonly user: string;
  readonly readOnlyRoot: boolean;
  readonly privileged: boolean;
  readonly capabilitiesDropped: readonly string[];
  readonly securityOptions: readonly string[];
  readonly memoryBytes: number;
  readonly memorySwapBytes: number;
  readonly nanoCpus: number;
  readonly logDriver: string;
  readonly logOptions: Readonly<Record<string, string>>;
  readonly restartPolicy: string;
  readonly command: readonly string[];
  /** Those of the catalogue. */
  readonly labels: Readonly<Record<string, string>>;
  readonly mounts: readonly MountFacts[];
  readonly ports: readonly PublishedPort[];
  /** Network name to the container's address in it. */
  readonly networks: Readonly<Record<string, string>>;
}

export interface MountFacts {
  readonly type: string;
  /** Volume name, or path on the engine's host. */
  readonly source: string;
  readonly target: string;
  readonly writable: boolean;
}

export interface PublishedPort {
  readonly hostIp: string;
  readonly hostPort: number;
  readonly containerPort: number;
}

export interface ImageFacts {
  readonly id: string;
  readonly architecture: string;
  readonly sizeBytes: number;
}

export interface NetworkFacts {
  readonly exists: boolean;
  readonly internal: boolean;
  /** Container names, sorted. */
  readonly members: readonly string[];
  readonly labels: Readonly<Record<string, string>>;
}

export interface VolumeFacts {
  readonly exists: boolean;
  readonly driver: string;
  readonly createdAt: string | null;
  readonly labels: Readonly<Record<string, string>>;
}

/** Names of everything on the engine that carries the stack's label. */
export interface InventoryFacts {
  readonly containers: readonly string[];
  readonly networks: readonly string[];
  readonly volumes: readonly string[];
}

/** Limits as the kernel has them; null means none. */
export interface CgroupFacts {
  readonly memoryBytes: number | null;
  /** Memory and swap together; null where there is no limit or the kernel does not count swap. */
  readonly memorySwapBytes: number | null;
  readonly nanoCpus: number | null;
  /** In use and not to be had back: usage less the page cache that is not active. */
  readonly workingSetBytes: number;
}

export interface ConnectionAttempt {
  /** Container name of the other side. */
  readonly target: string;
  /** Host name or address that was tried. */
  readonly host: string;
  readonly port: number;
  readonly connected: boolean;
}

export interface RedisFacts {
  readonly ping: CommandFacts;
  readonly unauthenticatedWrite: CommandFacts;
  /** `appendonly` as its command line or its configuration file says; null when neither does. */
  readonly appendOnly: string | null;
  /** Whether the folder of the append-only file is in the data folder. */
  readonly appendOnlyFiles: boolean;
}

/** How a command ended, with the start of what it printed. */
export interface CommandFacts {
  readonly exitCode: number;
  readonly output: string;
}

export interface SelfCheckFacts extends CommandFacts {
  readonly imageId: string;
  readonly command: readonly string[];
}

export interface HttpAnswer {
  readonly method: string;
  readonly url: string;
  /** 0 when there was no answer; the body then has the reason. */
  readonly status: number;
  readonly durationMs: number;
  readonly contentType: string;
  readonly correlationId: string | null;
  /** The body's start. */
  readonly body: string;
  /** The body, where it is JSON. */
  readonly json: unknown;
}

export interface GatewayFacts {
  readonly health: Probed<HttpAnswer>;
  readonly services: Probed<HttpAnswer>;
  readonly metrics: Probed<MetricsFacts>;
  readonly correlation: Probed<CorrelationFacts>;
  readonly trace: Probed<TraceFacts>;
}

/** Whose spans the trace of a request has. */
export interface TraceFacts {
  /** The correlation id that the request had. */
  readonly id: string;
  /** The gateway, and the service that the request was for. */
  readonly wanted: readonly string[];
  readonly seen: readonly string[];
}

export interface MetricsFacts {
  readonly status: number;
  readonly contentType: string;
  readonly samples: number;
  /** Metric names, sorted; the first 200. */
  readonly names: readonly string[];
}

export interface CorrelationFacts {
  readonly sent: string;
  readonly received: string | null;
  /** The one given to a request that brought none. */
  readonly assigned: string | null;
  /** Containers behind the gateway whose log has the id that was sent. */
  readonly loggedBy: readonly string[];
}

export interface TradeFacts {
  readonly userId: string;
  readonly amount: number;
  readonly describe: Probed<HttpAnswer>;
  readonly execute: Probed<HttpAnswer>;
  readonly before: Probed<BusinessFigures>;
  readonly after: Probed<BusinessFigures>;
}

/** The dashboard's figures; null where it does not show them. */
export interface BusinessFigures {
  /** HTTP status of the dashboard. */
  readonly status: number;
  readonly tradesTotal: number | null;
  readonly tradingVolumeUsd: number | null;
  /** The dashboard says that its figures are old, since it cannot read newer ones. */
  readonly stale: boolean;
}

export interface LoadFacts {
  readonly path: string;
  /** In each round. */
  readonly requests: number;
  readonly concurrency: number;
  readonly rounds: readonly LoadRound[];
}

/** One user's requests, one after the other, to beyond the limit. */
export interface RateLimitFacts {
  readonly limit: number;
  readonly sent: number;
  /** Those that were answered otherwise than with 429. */
  readonly admitted: number;
  /** Number of the first request that got 429, from 1; null when none did. */
  readonly firstRefused: number | null;
  /** What the last refusal said. */
  readonly retryAfter: string | null;
  /** The gateway decided without Redis at least once. */
  readonly local: boolean;
  readonly durationMs: number;
}

export interface LoadRound {
  /** Answers other than 200, and requests without an answer. */
  readonly failures: number;
  readonly p50Ms: number;
  readonly p95Ms: number;
  readonly maxMs: number;
}

export interface PrometheusFacts {
  readonly ready: boolean;
  readonly targets: readonly TargetFacts[];
}

export interface TargetFacts {
  readonly job: string;
  readonly instance: string;
  /** Prometheus' word: up, down, unknown. */
  readonly health: string;
  readonly lastError: string;
}
