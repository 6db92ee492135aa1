import { paths } from "../catalog/endpoints.ts";
import { entryPart, gatewayAdmin, parts } from "../catalog/parts.ts";
import { gatewaysOf } from "../topology/build-topology.ts";
import type { Topology } from "../topology/topology.ts";

/**
 * The text of prometheus.yml: gateways at their admin ports, services, the entry where there is one, and Prometheus itself.
 * Each replica is a target of its own; `service` is what they have in common, and `instance`, which Prometheus adds, tells
 * them apart.
 */
export function prometheusConfig(topology: Topology): string {
  const targets = [
    ...gatewaysOf(topology).map(({ service, name }) => ({
      job: "gateway",
      service,
      target: `${gatewayAdmin.host(name)}:${gatewayAdmin.port}`,
    })),
    ...(topology.entry === null
      ? []
      : [
          {
            job: "entry",
            service: "entry",
            target: `${topology.entry.name}:${entryPart.metricsPort}`,
          },
        ]),
    ...topology.services.map(({ service, name, port }) => ({
      job: "services",
      service,
      target: `${name}:${port}`,
    })),
    { job: "prometheus", service: "prometheus", target: `127.0.0.1:${parts.prometheus.port}` },
  ];
  const jobs = [...new Set(targets.map(({ job }) => job))];
  // JSON is YAML, needs no quoting rules, and has one form for one value.
  return `${JSON.stringify(
    {
      global: {
        scrape_interval: `${topology.scrapeIntervalSeconds}s`,
        scrape_timeout: `${Math.min(topology.scrapeIntervalSeconds, 5)}s`,
        external_labels: { project: topology.project, stack: topology.stack },
      },
      scrape_configs: jobs.map((job) => ({
        job_name: job,
        metrics_path: paths.metrics,
        static_configs: targets
          .filter((it) => it.job === job)
          .map(({ service, target }) => ({ targets: [target], labels: { service } })),
      })),
    },
    null,
    2,
  )}\n`;
}
