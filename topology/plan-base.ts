import type { Limits } from "../catalog/service-definition.ts";
import { apiAtLeast, startIntervalApi } from "./api-version.ts";
import { containerName, type TopologyInput } from "./scope.ts";
import type { ContainerPlan, HealthCheckPlan, PortPlan } from "./topology.ts";

/** User ids of the official images; the replacements keep them, so that volumes stay readable. */
export const users = {
  runtime: "1000:1000",
  redis: "999:1000",
  prometheus: "65534:65534",
  grafana: "472:0",
  haproxy: "99:99",
} as const;

export interface ContainerInput {
  /** Key in the catalogue: its limits and its host port are set under it. */
  readonly key: string;
  /** Container name on dev. */
  readonly name: string;
  readonly port: number;
  readonly limits: Limits;
}

/** What every container has, whatever runs in it. It publishes nothing until `publishedPorts` says so. */
export function planContainer(input: TopologyInput, { key, name, limits }: ContainerInput) {
  const { config, facts } = input;
  const override = config.limits[key];
  const memoryMb = override?.memoryMb ?? limits.memoryMb;
  return {
    service: key,
    replica: 1,
    name: containerName(input, name),
    aliases: [],
    networkAliases: {},
    memoryMb,
    memorySwapMb: facts.engine.swapLimit ? memoryMb : -1,
    cpus: String(override?.cpus ?? limits.cpus),
    ports: [],
    env: {},
    stopSignal: null,
    healthTimeoutSeconds: config.healthTimeoutSeconds,
  } satisfies Partial<ContainerPlan>;
}

/** The host port of a container: the stack's setting, or the container's own port. */
export function publishedPorts({ config }: TopologyInput, key: string, port: number): PortPlan[] {
  if (config.publish === "entry" && key !== "gateway") return [];
  return [{ internal: port, external: config.ports[key] ?? port, ip: config.bindAddress }];
}

export function healthcheck({ facts }: TopologyInput, tests: readonly string[]): HealthCheckPlan {
  const hasStartInterval = apiAtLeast(facts.engine.apiVersion, startIntervalApi);
  return {
    tests,
    // Each run costs the engine about 50 ms of CPU, so it is rare where a start interval makes starting quick.
    intervalSeconds: hasStartInterval ? 10 : 3,
    timeoutSeconds: 3,
    startPeriodSeconds: 30,
    startIntervalMs: hasStartInterval ? 500 : null,
    retries: 5,
  };
}

/** A health check that works with busybox's wget in the official images and in the replacements. */
export function wget(url: string): string[] {
  return ["CMD", "wget", "-q", "-O", "/dev/null", url];
}
