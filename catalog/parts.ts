import type { Limits } from "./service-definition.ts";
import { defaultLimits } from "./services.ts";

/** A part of the platform that is not one of the services. */
export interface PartDefinition {
  /** Container name on dev, and DNS name on every network. */
  readonly containerName: string;
  readonly port: number;
  readonly limits: Limits;
  /** Containers of it, where a stack does not say otherwise. Only the gateway can have several. */
  readonly replicas?: number;
}

/** Gateway, datastore and monitoring: names, ports and limits. */
export const parts = {
  redis: { containerName: "redis", port: 6379, limits: defaultLimits },
  gateway: { containerName: "api-gateway", port: 8000, limits: defaultLimits, replicas: 1 },
  prometheus: { containerName: "prometheus", port: 9090, limits: defaultLimits },
  grafana: { containerName: "grafana", port: 3000, limits: defaultLimits },
} as const satisfies Record<string, PartDefinition>;

/**
 * Where a gateway is looked into and steered: metrics, breakers, registry, traces, log level, profile. It listens in the
 * monitoring network only, under a name of its own there.
 */
export const gatewayAdmin = {
  port: 8100,
  /** DNS name of a gateway's admin port, in the monitoring network. */
  host: (container: string): string => `${container}-admin`,
} as const;

/** The part that only stacks with several gateways have: it stands before them and publishes the gateway's port. */
export const entryPart = {
  containerName: "entry",
  port: 8000,
  /** For Prometheus and the health check; never published. */
  metricsPort: 8405,
  limits: defaultLimits,
} as const;

export type PartName = keyof typeof parts;

/** Container name of a service on dev, and its DNS name on every network it is in. */
export function serviceContainerName(service: string): string {
  return `${service}-service`;
}
