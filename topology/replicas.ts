import { parts, serviceContainerName } from "../catalog/parts.ts";
import type { ServiceDefinition } from "../catalog/service-definition.ts";
import { services, type ServiceName } from "../catalog/services.ts";
import { containerName, type TopologyInput } from "./scope.ts";
import type { StackConfig } from "./stack-config.ts";
import type { ContainerPlan } from "./topology.ts";

/** Of a topology's input what the number of replicas depends on. */
export interface ReplicaSettings {
  readonly config: Pick<StackConfig, "replicas">;
}

/** How many containers a service or the gateway has: the stack's setting, the catalogue's, or one. */
function replicasOf({ config }: ReplicaSettings, key: ServiceName | "gateway"): number {
  return config.replicas[key] ?? ofCatalogue(key) ?? 1;
}

/** With several gateways one container stands before them, which publishes their port. */
export function hasEntry(input: ReplicaSettings): boolean {
  return replicasOf(input, "gateway") > 1;
}

/** Container names on dev: a single one has the plain name, more have a number after it. */
export function replicaNames(input: ReplicaSettings, key: ServiceName | "gateway"): string[] {
  const name = key === "gateway" ? parts.gateway.containerName : serviceContainerName(key);
  const count = replicasOf(input, key);
  return count === 1 ? [name] : Array.from({ length: count }, (_, index) => `${name}-${index + 1}`);
}

/**
 * Makes the plans of all replicas out of that of one. They differ in name and number, and the first alone may be published
 * on the host. Under the plain name all of them are found, so that whoever knows the service reaches one of them.
 * @param plan of a container with the given name on dev
 */
export function planReplicas<Plan extends ContainerPlan>(
  input: TopologyInput,
  key: ServiceName | "gateway",
  plan: (name: string) => Plan,
): [Plan, ...Plan[]] {
  const [first = "", ...others] = replicaNames(input, key);
  if (others.length === 0) return [plan(first)];
  const shared = key === "gateway" ? parts.gateway.containerName : serviceContainerName(key);
  const aliases = [containerName(input, shared)];
  return [
    { ...plan(first), aliases },
    ...others.map((name, index) => ({ ...plan(name), replica: index + 2, aliases, ports: [] })),
  ];
}

function ofCatalogue(key: ServiceName | "gateway"): number | undefined {
  if (key === "gateway") return parts.gateway.replicas;
  const definition: ServiceDefinition<ServiceName> = services[key];
  return definition.replicas;
}
