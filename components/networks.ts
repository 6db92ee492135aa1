import * as docker from "@pulumi/docker";
import * as pulumi from "@pulumi/pulumi";
import type { NetworkPlan, Topology } from "../topology/topology.ts";
import { resourceLabels } from "./container-spec.ts";

/**
 * The stack's networks: one per service, which holds the service and those who may call it, one for the entry point and
 * one for monitoring. Containers in different networks cannot reach each other.
 */
export class Networks extends pulumi.ComponentResource {
  readonly #networks = new Map<string, docker.Network>();

  constructor(name: string, topology: Topology, opts: pulumi.ComponentResourceOptions) {
    super("astratrade:components:Networks", name, {}, opts);
    for (const plan of topology.networks) {
      this.#networks.set(
        plan.key,
        new docker.Network(
          plan.key,
          { ...networkSpec(plan), labels: resourceLabels(topology) },
          // A replaced network takes every container in it along, and a label is no reason for that.
          { parent: this, ignoreChanges: ["labels"] },
        ),
      );
    }
    this.registerOutputs({});
  }

  /** Name on the engine, known once the network is there. */
  name(key: string): pulumi.Output<string> {
    const network = this.#networks.get(key);
    if (network === undefined) throw new Error(`The topology has no network "${key}".`);
    return network.name;
  }
}

function networkSpec(plan: NetworkPlan) {
  return {
    name: plan.name,
    driver: "bridge",
    internal: plan.internal,
    // A network that publishes ports needs a gateway address on the host, but no container needs a way out: without
    // masquerading nothing that it sends beyond the host finds its way back.
    ...(plan.internal
      ? {}
      : { options: { "com.docker.network.bridge.enable_ip_masquerade": "false" } }),
    ...(plan.subnet === null ? {} : { ipamConfigs: [{ subnet: plan.subnet }] }),
  };
}
