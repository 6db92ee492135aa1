import type { DeployedContainer, Deployment } from "../../catalog/deployment.ts";

/**
 * The part of a check's id that names a container: its service, so that ids are the same on every stack; replicas have
 * their number after it.
 */
export function containerKey(deployment: Deployment, container: DeployedContainer): string {
  const { service, name } = container;
  const replicas = deployment.containers.filter((other) => other.service === service);
  if (replicas.length === 1) return service;
  return `${service}-${/\d+$/.exec(name)?.[0] ?? name}`;
}

/** The part of a check's id that names a network or volume: its name without the project's and the stack's. */
export function shortName({ project, stack }: Deployment, name: string): string {
  const prefix = `${project}-${stack}-`;
  return name.startsWith(prefix) ? name.slice(prefix.length) : name;
}

/** Why a part is not there. @returns undefined when it is */
export function absence(deployment: Deployment, part: string): string | undefined {
  if (deployment.containers.some(({ role }) => role === part)) return undefined;
  const reason = deployment.notAvailable.find((it) => it.part === part)?.reason;
  return reason ?? `the stack has no ${part}`;
}

/** @returns the names with commas, or "none" */
export function list(names: readonly string[]): string {
  return names.length === 0 ? "none" : names.join(", ");
}
