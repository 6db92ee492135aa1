import { parts } from "../catalog/parts.ts";
import type { Topology } from "../topology/topology.ts";

/** The text of Grafana's data source provisioning: the stack's Prometheus, where there is one. */
export function grafanaDatasources(topology: Topology): string {
  const { prometheus } = topology;
  return `${JSON.stringify(
    {
      apiVersion: 1,
      datasources:
        prometheus === null
          ? []
          : [
              {
                name: "Prometheus",
                type: "prometheus",
                access: "proxy",
                url: `http://${prometheus.name}:${parts.prometheus.port}`,
                isDefault: true,
              },
            ],
    },
    null,
    2,
  )}\n`;
}
