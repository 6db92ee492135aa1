import type { ServiceName } from "../catalog/services.ts";

/** Everything one stack will run, settled: components read this and nothing else. Plain data, no secret in it. */
export interface Topology {
  readonly project: string;
  readonly stack: string;
  readonly release: string;
  readonly authMode: "header";
  /** Base image for our own image. */
  readonly runtimeBaseImage: string;
  /** Name and tag of our own image. */
  readonly runtimeImageName: string;
  readonly networks: readonly NetworkPlan[];
  readonly volumes: readonly VolumePlan[];
  readonly redis: ContainerPlan;
  readonly gateway: ContainerPlan;
  readonly services: readonly ServicePlan[];
  readonly prometheus: ContainerPlan | null;
  readonly grafana: ContainerPlan | null;
  readonly scrapeIntervalSeconds: number;
  readonly notAvailable: readonly { readonly part: string; readonly reason: string }[];
}

export interface NetworkPlan {
  /** Name in the program: `trading`, `edge`, `monitoring`. */
  readonly key: string;
  /** Name on the engine. */
  readonly name: string;
  /** No route out, and no port can be published through it. */
  readonly internal: boolean;
  readonly subnet: string | null;
}

export interface VolumePlan {
  readonly key: string;
  readonly name: string;
}

export interface PortPlan {
  readonly internal: number;
  readonly external: number;
  readonly ip: string;
}

export interface HealthCheckPlan {
  readonly tests: readonly string[];
  /** Durations in seconds. */
  readonly intervalSeconds: number;
  readonly timeoutSeconds: number;
  readonly startPeriodSeconds: number;
  /** Interval during the start period in ms; null where the engine has none (API below 1.44). */
  readonly startIntervalMs: number | null;
  readonly retries: number;
}

/** One container. Docker's words and units: MiB, cores. */
export interface ContainerPlan {
  readonly role: "redis" | "gateway" | "service" | "prometheus" | "grafana";
  /** Key in the catalogue: a part's or a service's name. */
  readonly service: string;
  readonly name: string;
  /** null: our own image, whose id only the engine knows. */
  readonly image: string | null;
  readonly command: readonly string[] | null;
  readonly user: string;
  readonly readOnly: boolean;
  readonly memoryMb: number;
  /** Equal to memoryMb (no swap), or -1 where the engine has no swap limit. */
  readonly memorySwapMb: number;
  /** Shortest decimal: the engine compares it as text. */
  readonly cpus: string;
  /** Sorted by internal port. */
  readonly ports: readonly PortPlan[];
  /** Keys of the networks it is in. */
  readonly networks: readonly string[];
  /** Key of the volume and where it is mounted. */
  readonly volume: { readonly key: string; readonly containerPath: string } | null;
  readonly env: Readonly<Record<string, string>>;
  readonly healthcheck: HealthCheckPlan;
  /** Time between SIGTERM and SIGKILL, in seconds. */
  readonly stopGraceSeconds: number;
  readonly healthTimeoutSeconds: number;
}

export interface ServicePlan extends ContainerPlan {
  readonly service: ServiceName;
  readonly port: number;
  readonly routePrefix: string;
  readonly probePaths: readonly string[];
  /** Services that start before it. */
  readonly startAfter: readonly ServiceName[];
}
