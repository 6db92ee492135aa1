import { z } from "zod";

const networkPlan = z.strictObject({
  /** Name in the program: `trading`, `edge`, `monitoring`. */
  key: z.string(),
  /** Name on the engine. */
  name: z.string(),
  /** No route out, and no port can be published through it. */
  internal: z.boolean(),
  subnet: z.string().nullable(),
});

const volumePlan = z.strictObject({ key: z.string(), name: z.string() });

const portPlan = z.strictObject({
  internal: z.int(),
  external: z.int(),
  ip: z.string(),
});

const healthCheckPlan = z.strictObject({
  tests: z.array(z.string()).readonly(),
  /** Durations in seconds. */
  intervalSeconds: z.number(),
  timeoutSeconds: z.number(),
  startPeriodSeconds: z.number(),
  /** Interval during the start period in ms; null where the engine has none (API below 1.44). */
  startIntervalMs: z.number().nullable(),
  retries: z.int(),
});

const containerPlan = z.strictObject({
  role: z.enum(["redis", "gateway", "service", "prometheus", "grafana", "entry"]),
  /** Key in the catalogue: a part's or a service's name. */
  service: z.string(),
  /** Number among those of the same service, from 1. */
  replica: z.int().positive().default(1),
  name: z.string(),
  /** DNS names beside its own, in all its networks. */
  aliases: z.array(z.string()).readonly().default([]),
  /** Further DNS names that hold in one network only, by the network's key. */
  networkAliases: z.record(z.string(), z.array(z.string()).readonly()).readonly().default({}),
  /** null: our own image, whose id only the engine knows. */
  image: z.string().nullable(),
  command: z.array(z.string()).readonly().nullable(),
  user: z.string(),
  readOnly: z.boolean(),
  memoryMb: z.int(),
  /** Equal to memoryMb (no swap), or -1 where the engine has no swap limit. */
  memorySwapMb: z.int(),
  /** Shortest decimal: the engine compares it as text. */
  cpus: z.string(),
  /** Sorted by internal port. */
  ports: z.array(portPlan).readonly(),
  /** Keys of the networks it is in. */
  networks: z.array(z.string()).readonly(),
  /** Key of the volume and where it is mounted. */
  volume: z.strictObject({ key: z.string(), containerPath: z.string() }).nullable(),
  env: z.record(z.string(), z.string()).readonly(),
  healthcheck: healthCheckPlan,
  /** Signal that asks it to end; null: the image's own. */
  stopSignal: z.string().nullable().default(null),
  /** Time between that signal and SIGKILL, in seconds. */
  stopGraceSeconds: z.int(),
  healthTimeoutSeconds: z.int(),
});

const servicePlan = z.strictObject({
  ...containerPlan.shape,
  port: z.int(),
  routePrefix: z.string(),
  probePaths: z.array(z.string()).readonly(),
  /** Services that start before it. */
  startAfter: z.array(z.string()).readonly(),
});

/**
 * Everything one stack will run, settled: components read this and nothing else. Plain data, no secret in it. It has a
 * schema since releases are kept as files, and a rollback reads one that an earlier version wrote: a field that is new has
 * a default, which says what held before there was the field.
 */
export const topologySchema = z.strictObject({
  project: z.string(),
  stack: z.string(),
  release: z.string(),
  authMode: z.enum(["header", "jwt"]),
  /** Base image for our own image. */
  runtimeBaseImage: z.string(),
  /** Name and tag of our own image. */
  runtimeImageName: z.string(),
  networks: z.array(networkPlan).readonly(),
  volumes: z.array(volumePlan).readonly(),
  redis: containerPlan,
  /** HAProxy, which stands before several gateways; null before a single one. */
  entry: containerPlan.nullable().default(null),
  /** The gateway, or the first of several. */
  gateway: containerPlan,
  furtherGateways: z.array(containerPlan).readonly().default([]),
  /** One entry for each replica, those of a service beside each other, the first one first. */
  services: z.array(servicePlan).readonly(),
  prometheus: containerPlan.nullable(),
  grafana: containerPlan.nullable(),
  scrapeIntervalSeconds: z.number(),
  notAvailable: z.array(z.strictObject({ part: z.string(), reason: z.string() })).readonly(),
});

export type Topology = Readonly<z.infer<typeof topologySchema>>;
export type NetworkPlan = Readonly<z.infer<typeof networkPlan>>;
export type VolumePlan = Readonly<z.infer<typeof volumePlan>>;
export type PortPlan = Readonly<z.infer<typeof portPlan>>;
export type HealthCheckPlan = Readonly<z.infer<typeof healthCheckPlan>>;
/** One container. Docker's words and units: MiB, cores. */
export type ContainerPlan = Readonly<z.infer<typeof containerPlan>>;
export type ServicePlan = Readonly<z.infer<typeof servicePlan>>;
