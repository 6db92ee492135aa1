import * as docker from "@pulumi/docker";
import * as pulumi from "@pulumi/pulumi";
import type { Topology } from "../topology/topology.ts";
import { resourceLabels } from "./container-spec.ts";

/** The stack's named volumes. They outlive `pulumi destroy`, and the next `pulumi up` adopts them with their data. */
export class Volumes extends pulumi.ComponentResource {
  readonly #volumes = new Map<string, docker.Volume>();

  constructor(name: string, topology: Topology, opts: pulumi.ComponentResourceOptions) {
    super("astratrade:components:Volumes", name, {}, opts);
    const used = new Set(
      [topology.redis, topology.prometheus].map((plan) => plan?.volume?.key ?? null),
    );
    for (const { key, name: volumeName } of topology.volumes.filter(({ key }) => used.has(key))) {
      this.#volumes.set(
        key,
        new docker.Volume(
          key,
          { name: volumeName, labels: resourceLabels(topology) },
          {
            parent: this,
            retainOnDelete: true,
            // A change of any of these would delete the volume and make an empty one.
            ignoreChanges: ["labels", "driver", "driverOpts"],
          },
        ),
      );
    }
    this.registerOutputs({});
  }

  /** Name on the engine, known once the volume is there. */
  name(key: string): pulumi.Output<string> {
    const volume = this.#volumes.get(key);
    if (volume === undefined) throw new Error(`The topology has no volume "${key}".`);
    return volume.name;
  }
}
