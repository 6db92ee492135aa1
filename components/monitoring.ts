import * as pulumi from "@pulumi/pulumi";
import { grafanaDatasources } from "../monitoring/grafana-datasources.ts";
import { prometheusConfig } from "../monitoring/prometheus-config.ts";
import { Container, type ContainerContext } from "./container.ts";
import type { Upload } from "./container-spec.ts";
import type { ContainerPlan } from "../topology/topology.ts";

/** Prometheus and Grafana, each where its image can be had. */
export class Monitoring extends pulumi.ComponentResource {
  readonly prometheus: Container | null;
  readonly grafana: Container | null;

  constructor(name: string, context: ContainerContext, opts: pulumi.ComponentResourceOptions) {
    super("astratrade:components:Monitoring", name, {}, opts);
    const { topology } = context;
    const make = (plan: ContainerPlan | null, uploads: readonly Upload[]): Container | null =>
      plan === null || plan.image === null
        ? null
        : new Container(
            plan.service,
            context,
            { plan, image: plan.image, uploads },
            { parent: this },
          );
    this.prometheus = make(topology.prometheus, [
      { file: "/etc/prometheus/prometheus.yml", content: prometheusConfig(topology) },
    ]);
    this.grafana = make(topology.grafana, [
      {
        file: "/etc/grafana/provisioning/datasources/prometheus.yml",
        content: grafanaDatasources(topology),
      },
    ]);
    this.registerOutputs({});
  }
}
