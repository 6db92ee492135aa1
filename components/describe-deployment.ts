import { publishedAt } from "../catalog/engine-machine.ts";
import type { DeployedContainer, Deployment } from "../catalog/deployment.ts";
import { containersOf, membersOf } from "../topology/build-topology.ts";
import type { ContainerPlan, Topology } from "../topology/topology.ts";

/**
 * What the stack says of itself.
 * @param runtimeImage id of our own image
 * @param configHashes container name to configuration hash
 * @param engineHost the engine's address: it says on which machine ports are published
 */
export function describeDeployment(
  topology: Topology,
  runtimeImage: string,
  configHashes: ReadonlyMap<string, string>,
  engineHost: string,
): Deployment {
  const urlOf = (plan: ContainerPlan | null): string | null => urlAt(plan, engineHost);
  const networkName = new Map(topology.networks.map(({ key, name }) => [key, name]));
  const volumeName = new Map(topology.volumes.map(({ key, name }) => [key, name]));
  const containers = containersOf(topology);
  return {
    schemaVersion: 1,
    project: topology.project,
    stack: topology.stack,
    release: topology.release,
    authMode: topology.authMode,
    rateLimits: rateLimitsOf(topology.gateway),
    gatewayUrl: urlOf(topology.entry ?? topology.gateway) ?? "",
    prometheusUrl: urlOf(topology.prometheus),
    grafanaUrl: urlOf(topology.grafana),
    runtimeImage,
    containers: containers.map((plan) => ({
      ...describeContainer(plan),
      image: plan.image ?? runtimeImage,
      networks: plan.networks.map((key) => networkName.get(key) ?? key),
      configHash: configHashes.get(plan.name) ?? "",
    })),
    networks: topology.networks.map(({ key, name, internal }) => ({
      name,
      internal,
      members: membersOf(topology, key),
    })),
    volumes: containers.flatMap(({ name, volume }) =>
      volume === null ? [] : [{ name: volumeName.get(volume.key) ?? volume.key, usedBy: name }],
    ),
    services: topology.services
      .filter(({ replica }) => replica === 1)
      .map(({ service, port, routePrefix, probePaths }) => ({
        name: service,
        port,
        routePrefix,
        instances: topology.services.filter((it) => it.service === service).map(({ name }) => name),
        probePaths: [...probePaths],
      })),
    notAvailable: topology.notAvailable.map((it) => ({ ...it })),
  };
}

function describeContainer(
  plan: ContainerPlan,
): Omit<DeployedContainer, "image" | "networks" | "configHash"> {
  const mebibyte = 1024 * 1024;
  return {
    name: plan.name,
    service: plan.service,
    role: plan.role,
    adminPort: plan.env.ADMIN_PORT === undefined ? null : Number(plan.env.ADMIN_PORT),
    user: plan.user,
    readOnly: plan.readOnly,
    limits: {
      memoryBytes: plan.memoryMb * mebibyte,
      memorySwapBytes: plan.memorySwapMb === -1 ? -1 : plan.memorySwapMb * mebibyte,
      nanoCpus: Math.round(Number(plan.cpus) * 1e9),
    },
    ports: plan.ports.map(({ ip, external, internal }) => ({
      hostIp: ip,
      hostPort: external,
      containerPort: internal,
    })),
  };
}

/** As the gateway's environment has them: a release that is rolled back to may be from before there were limits. */
function rateLimitsOf({ env }: ContainerPlan): Deployment["rateLimits"] {
  const { RATE_LIMIT_USER: user, RATE_LIMIT_ADDRESS: address } = env;
  if (user === undefined || address === undefined) return null;
  return { userPerMinute: Number(user), addressPerMinute: Number(address) };
}

/** Where a published port is reached. */
function urlAt(plan: ContainerPlan | null, engineHost: string): string | null {
  const port = plan?.ports[0];
  if (port === undefined) return null;
  return `http://${publishedAt(port.ip, engineHost)}:${port.external}`;
}
