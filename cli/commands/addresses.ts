import type { Deployment } from "../../catalog/deployment.ts";
import { paths } from "../../catalog/endpoints.ts";

/** The addresses that people open, one a line, and why a part has none. */
export function addressLines(deployment: Deployment): string[] {
  const rows: [string, string][] = [
    ["Gateway", deployment.gatewayUrl],
    ["Services", `${deployment.gatewayUrl}${paths.services}`],
    ["Dashboard", `${deployment.gatewayUrl}${paths.dashboard}`],
    ["Prometheus", deployment.prometheusUrl ?? absence(deployment, "prometheus")],
    ["Grafana", deployment.grafanaUrl ?? absence(deployment, "grafana")],
  ];
  const width = Math.max(...rows.map(([name]) => name.length));
  return rows.map(([name, address]) => `${name.padEnd(width)}  ${address}`);
}

function absence(deployment: Deployment, part: string): string {
  const found = deployment.notAvailable.find((it) => it.part === part);
  return found === undefined ? "not published on the host" : `not available: ${found.reason}`;
}
