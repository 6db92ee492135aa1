import { gatewayAdmin, parts, serviceContainerName } from "../../catalog/parts.ts";
import { serviceNames, services } from "../../catalog/services.ts";

/** A block of docs/plan.md that is run. */
export interface PlanBlock {
  readonly script: string;
  /** What must be in the output. */
  readonly gives: string;
}

/** All blocks marked `run gives …`, in order. */
export function planBlocks(markdown: string): PlanBlock[] {
  const blocks = markdown.matchAll(/^```bash run gives (.+)\n([\s\S]*?)^```$/gm);
  return [...blocks].map(([, gives = "", script = ""]) => ({ gives, script }));
}

export interface Elsewhere {
  readonly stack: string;
  readonly prefix: string;
  /** Host port of each part and service. */
  readonly ports: Readonly<Record<string, number>>;
}

/** The same block for another stack than dev: its container names, ports and volumes. */
export function forStack(
  { script, gives }: PlanBlock,
  { stack, prefix, ports }: Elsewhere,
): PlanBlock {
  const definitions = { ...parts, ...services };
  const names = [
    ...Object.values(parts).map(({ containerName }) => containerName),
    ...serviceNames.map(serviceContainerName),
  ];
  const withPorts = Object.entries(definitions).reduce(
    (text, [key, { port }]) =>
      text.replaceAll(`localhost:${port}/`, `127.0.0.1:${ports[key] ?? port}/`),
    script,
  );
  const admin = gatewayAdmin.host(parts.gateway.containerName);
  const container = new RegExp(`(docker (?:exec|stop|start) )(${names.join("|")})\\b`, "g");
  return {
    script: withPorts
      .replaceAll(container, `$1${prefix}$2`)
      .replaceAll(
        `http://${admin}:`,
        `http://${gatewayAdmin.host(prefix + parts.gateway.containerName)}:`,
      ),
    gives: gives.replace("astratrade-dev-", `astratrade-${stack}-`),
  };
}
