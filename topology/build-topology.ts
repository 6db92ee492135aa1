import type { BaseImageName } from "../catalog/images.ts";
import { projectName } from "../catalog/labels.ts";
import type { ServiceDefinition } from "../catalog/service-definition.ts";
import { serviceNames, services, type ServiceName } from "../catalog/services.ts";
import {
  planEntry,
  planGateways,
  planGrafana,
  planPrometheus,
  planRedis,
  planService,
} from "./container-plans.ts";
import { subnetOf } from "./network-pool.ts";
import { hasEntry, type ReplicaSettings } from "./replicas.ts";
import { chooseImage, type TopologyInput } from "./scope.ts";
import { ConfigError, type StackConfig } from "./stack-config.ts";
import type { ContainerPlan, NetworkPlan, ServicePlan, Topology } from "./topology.ts";

/**
 * Settles everything a stack will run: the catalogue, with the stack's settings and the machine's facts put in.
 * @throws ConfigError listing every host port that is asked for twice and every image that the platform cannot do without
 */
export function buildTopology(input: TopologyInput): Topology {
  const { stack, release, config } = input;
  const [prometheus, grafana] = [chooseImage(input, "prometheus"), chooseImage(input, "grafana")];
  const [gateway, ...furtherGateways] = planGateways(input);
  const topology: Topology = {
    project: projectName,
    stack,
    release,
    authMode: config.authMode,
    runtimeBaseImage: requiredRef(input, "node"),
    runtimeImageName: `${projectName}/runtime:${stack}`,
    networks: planNetworks(input),
    volumes: [
      { key: "redis-data", name: `${projectName}-${stack}-redis-data` },
      { key: "prometheus-data", name: `${projectName}-${stack}-prometheus-data` },
    ],
    redis: planRedis(input, requiredRef(input, "redis")),
    entry: hasEntry(input) ? planEntry(input, requiredRef(input, "haproxy")) : null,
    gateway,
    furtherGateways,
    services: startOrder().flatMap((name) => planService(input, name)),
    prometheus: "ref" in prometheus ? planPrometheus(input, prometheus.ref) : null,
    grafana: "ref" in grafana ? planGrafana(input, grafana.ref) : null,
    scrapeIntervalSeconds: config.scrapeIntervalSeconds,
    notAvailable: [
      ...("reason" in prometheus ? [{ part: "prometheus", reason: prometheus.reason }] : []),
      ...("reason" in grafana ? [{ part: "grafana", reason: grafana.reason }] : []),
    ],
  };
  const problems = [...imageProblems(input), ...portProblems(containersOf(topology))];
  if (problems.length > 0) throw new ConfigError(`Stack "${stack}" cannot be built:`, problems);
  return topology;
}

/** All containers of a topology, in start order. */
export function containersOf(topology: Topology): ContainerPlan[] {
  const { redis, services: servicePlans, entry, prometheus, grafana } = topology;
  return [redis, ...servicePlans, ...gatewaysOf(topology), entry, prometheus, grafana].filter(
    (plan) => plan !== null,
  );
}

export function gatewaysOf(topology: Topology): ContainerPlan[] {
  return [topology.gateway, ...topology.furtherGateways];
}

/** The replicas of each service, in start order. */
export function servicesOf({ services: plans }: Topology): ServicePlan[][] {
  const names = [...new Set(plans.map(({ service }) => service))];
  return names.map((name) => plans.filter(({ service }) => service === name));
}

/** Names of the containers in a network. */
export function membersOf(topology: Topology, network: string): string[] {
  return containersOf(topology)
    .filter((plan) => plan.networks.includes(network))
    .map((plan) => plan.name);
}

/** Every service after those it calls. The catalogue has no cycles; a test says so. */
export function startOrder(): ServiceName[] {
  const order: ServiceName[] = [];
  const visit = (name: ServiceName): void => {
    if (order.includes(name)) return;
    const definition: ServiceDefinition<ServiceName> = services[name];
    definition.calls.forEach(visit);
    order.push(name);
  };
  serviceNames.forEach(visit);
  return order;
}

function planNetworks({ stack, config }: TopologyInput): NetworkPlan[] {
  // Ports can be published only through a network that is not internal.
  const internal = config.publish === "entry";
  const networks = [
    { key: "edge", internal: false },
    { key: "monitoring", internal },
    ...serviceNames.map((key) => ({ key, internal })),
  ];
  return networks.map((network, index) => ({
    ...network,
    name: `${projectName}-${stack}-${network.key}`,
    subnet: config.networkPool === undefined ? null : subnetOf(config.networkPool, index),
  }));
}

/** The images that a stack with these settings runs on: those that it cannot do without, and those of monitoring. */
export function baseImagesOf(config: Pick<StackConfig, "replicas">): BaseImageName[] {
  return [...requiredImages({ config }), "prometheus", "grafana"];
}

function requiredImages(input: ReplicaSettings): BaseImageName[] {
  return ["node", "redis", ...(hasEntry(input) ? (["haproxy"] as const) : [])];
}

/** The reference of an image that the platform needs; empty when `imageProblems` has something to say about it. */
function requiredRef(input: TopologyInput, name: BaseImageName): string {
  const choice = chooseImage(input, name);
  return "ref" in choice ? choice.ref : "";
}

function imageProblems(input: TopologyInput): string[] {
  return requiredImages(input).flatMap((name) => {
    const choice = chooseImage(input, name);
    return "ref" in choice
      ? []
      : [
          `the ${name} image cannot be had (${choice.reason}); set astratrade:images.${name} to one that can`,
        ];
  });
}

function portProblems(containers: readonly ContainerPlan[]): string[] {
  const takenBy = new Map<number, string>();
  return containers.flatMap(({ service, ports }) =>
    ports.flatMap(({ external }) => {
      const other = takenBy.get(external);
      takenBy.set(external, portKeyOf(service));
      return other === undefined
        ? []
        : [
            `host port ${external} is asked for by ${other} and by ${portKeyOf(service)}; set astratrade:ports.${portKeyOf(service)} to another`,
          ];
    }),
  );
}

/** Key in the settings of the host port that a part or service publishes: the entry publishes the gateway's. */
export function portKeyOf(service: string): string {
  return service === "entry" ? "gateway" : service;
}
