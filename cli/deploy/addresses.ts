import type { Deployment } from "../../catalog/deployment.ts";
import { isLoopback, machineOf } from "../../catalog/engine-machine.ts";
import { paths } from "../../catalog/endpoints.ts";
import { urlsOf } from "../engine/port-ways.ts";
import { isSsh } from "../engine/ssh-command.ts";

/**
 * The addresses that people open, one a line, and why a part has none; for addresses that only the engine's machine
 * reaches, how to get there.
 */
export function addressLines(deployment: Deployment, engineHost: string): string[] {
  const rows: [string, string][] = [
    ["Gateway", deployment.gatewayUrl],
    ["Services", `${deployment.gatewayUrl}${paths.services}`],
    ["Dashboard", `${deployment.gatewayUrl}${paths.dashboard}`],
    ["Prometheus", deployment.prometheusUrl ?? absence(deployment, "prometheus")],
    ["Grafana", deployment.grafanaUrl ?? absence(deployment, "grafana")],
  ];
  const width = Math.max(...rows.map(([name]) => name.length));
  return [
    ...rows.map(([name, address]) => `${name.padEnd(width)}  ${address}`),
    ...elsewhere(deployment, engineHost),
  ];
}

function elsewhere(deployment: Deployment, engineHost: string): string[] {
  const machine = machineOf(engineHost);
  const ports = urlsOf(deployment)
    .map((url) => new URL(url))
    .filter(({ hostname }) => isLoopback(hostname));
  if (machine === null || ports.length === 0) return [];
  const [own = ""] = ports.map(({ hostname }) => hostname);
  const forwards = ports.map(({ host, port }) => `-L ${port}:${host}`).join(" ");
  return [
    "",
    isSsh(engineHost)
      ? `${own} is the loopback of ${machine}; to open the addresses here: ` +
        `ssh -N ${forwards} ${engineHost}`
      : `${own} is the loopback of ${machine} and not reached from here; astratrade:bindAddress can be set to another address of it.`,
  ];
}

function absence(deployment: Deployment, part: string): string {
  const found = deployment.notAvailable.find((it) => it.part === part);
  return found === undefined ? "not published on the host" : `not available: ${found.reason}`;
}
