import * as pulumi from "@pulumi/pulumi";
import type { ContainerPlan } from "../topology/topology.ts";
import { Container, type ContainerContext } from "./container.ts";

/** Prometheus and Grafana, each where its image can be had. */
export class Monitoring extends pulumi.ComponentResource {
  readonly prometheus: Container | null;
  readonly grafana: Container | null;

  constructor(name: string, context: ContainerContext, opts: pulumi.ComponentResourceOptions) {
    super("astratrade:components:Monitoring", name, {}, opts);
    const { topology } = context;
    const make = (plan: ContainerPlan | null): Container | null =>
      plan === null || plan.image === null
        ? null
        : new Container(plan.service, context, { plan, image: plan.image }, { parent: this });
    this.prometheus = make(topology.prometheus);
    this.grafana = make(topology.grafana);
    this.registerOutputs({});
  }
}
