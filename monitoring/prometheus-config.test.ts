import { expect, test } from "vitest";
import { topologyOf } from "../topology/testing.ts";
import { grafanaDatasources } from "./grafana-datasources.ts";
import { prometheusConfig } from "./prometheus-config.ts";

test("every container that has figures is scraped, under its service's name", () => {
  const config = JSON.parse(prometheusConfig(topologyOf({}, { stack: "prod" }))) as {
    global: unknown;
    scrape_configs: { job_name: string; static_configs: unknown[] }[];
  };
  expect(config.global).toEqual({
    scrape_interval: "5s",
    scrape_timeout: "5s",
    external_labels: { project: "astratrade", stack: "prod" },
  });
  expect(config.scrape_configs.map((job) => [job.job_name, job.static_configs.length])).toEqual([
    ["gateway", 1],
    ["services", 6],
    ["prometheus", 1],
  ]);
  expect(config.scrape_configs[1]?.static_configs[1]).toEqual({
    targets: ["prod-trading-service:8001"],
    labels: { service: "trading" },
  });
});

test("each replica is a target of its own, and so is the entry", () => {
  const settings = { replicas: { trading: 2, gateway: 2 } };
  const config = JSON.parse(prometheusConfig(topologyOf(settings))) as {
    scrape_configs: { static_configs: { targets: string[]; labels: { service: string } }[] }[];
  };
  const targets = config.scrape_configs.flatMap(({ static_configs: it }) => it);
  expect(
    targets
      .filter(({ labels }) => ["gateway", "entry", "trading"].includes(labels.service))
      .map(({ targets: [target], labels }) => `${labels.service} ${target ?? ""}`),
  ).toEqual([
    "gateway api-gateway-1-admin:8100",
    "gateway api-gateway-2-admin:8100",
    "entry entry:8405",
    "trading trading-service-1:8001",
    "trading trading-service-2:8001",
  ]);
});

test("grafana finds the stack's prometheus", () => {
  expect(JSON.parse(grafanaDatasources(topologyOf({})))).toMatchObject({
    datasources: [{ type: "prometheus", url: "http://prometheus:9090" }],
  });
});
