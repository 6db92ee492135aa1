import { entryPart, parts } from "../catalog/parts.ts";
import type { ServiceDefinition } from "../catalog/service-definition.ts";
import { services } from "../catalog/services.ts";
import type { DeployedContainer, Deployment } from "../catalog/deployment.ts";

/** Whether one container must, or must not, get a TCP connection to another. Pairs that are free to do either are left out. */
export interface ConnectionRule {
  readonly source: string;
  readonly target: string;
  readonly port: number;
  readonly rule: "must" | "must-not";
}

/**
 * Who reaches whom. The duties come from the catalogue: every gateway reaches every service, all of them reach Redis, a
 * service reaches those it calls. So do the bans: two services that do not call each other never connect, whatever
 * networks they were put in; and no service connects to a gateway's admin port. Beyond that, containers without a common
 * network do not connect.
 * Only gateway and services are sources, since only their image has a tool to try with.
 */
export function connectionRules(deployment: Deployment): ConnectionRule[] {
  const { containers } = deployment;
  return containers
    .filter(({ role }) => role === "gateway" || role === "service")
    .flatMap((source) =>
      containers
        .filter((target) => target.name !== source.name)
        .flatMap((target) => {
          const pair = { source: source.name, target: target.name };
          const rule = ruleFor(deployment, source, target);
          const port = portOf(deployment, target);
          const { adminPort } = target;
          return [
            ...(rule === null ? [] : [{ ...pair, port, rule }]),
            ...(adminPort === null || source.role !== "service"
              ? []
              : [{ ...pair, port: adminPort, rule: "must-not" as const }]),
          ];
        }),
    );
}

function ruleFor(
  deployment: Deployment,
  source: DeployedContainer,
  target: DeployedContainer,
): ConnectionRule["rule"] | null {
  if (target.role === "redis") return "must";
  if (target.role === "service") {
    if (source.role === "gateway") return "must";
    if (source.service === target.service) return null;
    if (callsOf(source.service).includes(target.service)) return "must";
    if (!callsOf(target.service).includes(source.service)) return "must-not";
  }
  return shareNetwork(deployment, source.name, target.name) ? null : "must-not";
}

function callsOf(service: string): readonly string[] {
  return (services as Record<string, ServiceDefinition | undefined>)[service]?.calls ?? [];
}

function shareNetwork(deployment: Deployment, one: string, other: string): boolean {
  return deployment.networks.some(
    ({ members }) => members.includes(one) && members.includes(other),
  );
}

/** The port a container listens on inside its networks. */
function portOf(deployment: Deployment, container: DeployedContainer): number {
  if (container.role === "entry") return entryPart.port;
  if (container.role !== "service") return parts[container.role].port;
  const service = deployment.services.find(({ instances }) => instances.includes(container.name));
  if (service === undefined) {
    throw new Error(`The deployment names no service that "${container.name}" is an instance of.`);
  }
  return service.port;
}
