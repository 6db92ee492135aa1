import * as pulumi from "@pulumi/pulumi";
import type { Deployment } from "../catalog/deployment.ts";
import type { Blueprint, GeneratedFiles } from "../topology/blueprint.ts";
import { gatewaysOf, servicesOf } from "../topology/build-topology.ts";
import type { ContainerPlan, Topology } from "../topology/topology.ts";
import type { Container, ContainerContext } from "./container.ts";
import { Credentials } from "./credentials.ts";
import { describeDeployment } from "./describe-deployment.ts";
import { Monitoring } from "./monitoring.ts";
import { Networks } from "./networks.ts";
import { Redis } from "./redis.ts";
import { resourceName, RuntimeContainer, runtimeArgs } from "./runtime-container.ts";
import { RuntimeImage, type RuntimeImageSource } from "./runtime-image.ts";
import { Volumes } from "./volumes.ts";

export interface PlatformArgs {
  readonly topology: Topology;
  /** Generated configuration: `generateFiles(topology)`, or what a release has recorded. */
  readonly files: GeneratedFiles;
  readonly runtimeImage: RuntimeImageSource;
  /** Address of the engine, which may be on another machine: ports are reached there. @default an engine on this one */
  readonly engineHost?: string;
}

/** The whole platform. Reading the constructor is reading the deployment: Redis first, then the services, in order. */
export class Platform extends pulumi.ComponentResource {
  /** What is deployed, as the stack output says it; known once every container is healthy. */
  readonly deployment: pulumi.Output<Deployment>;
  /** What it was made from: enough to make it again. */
  readonly blueprint: pulumi.Output<Blueprint>;

  constructor(name: string, args: PlatformArgs, opts: pulumi.ComponentResourceOptions = {}) {
    super("astratrade:components:Platform", name, {}, opts);
    const { topology, files, engineHost = "unix:///var/run/docker.sock" } = args;
    const inside = { parent: this };

    const credentials = new Credentials("credentials", topology, inside);
    const networks = new Networks("networks", topology, inside);
    const volumes = new Volumes("volumes", topology, inside);
    const image = new RuntimeImage("runtime", topology, args.runtimeImage, inside);
    const context: ContainerContext = { topology, files, networks, volumes };

    const redis = new Redis("redis", context, credentials, inside);
    const runtime = (
      plan: ContainerPlan,
      dependsOn: readonly pulumi.Resource[],
    ): RuntimeContainer =>
      new RuntimeContainer(
        resourceName(topology, plan),
        context,
        runtimeArgs(plan, image, credentials),
        { ...inside, dependsOn: [redis, ...dependsOn] },
      );
    const started: RuntimeContainer[] = [];
    const ofService = new Map<string, RuntimeContainer[]>();
    for (const replicas of servicesOf(topology)) {
      const before = replicas[0]?.startAfter.flatMap((service) => ofService.get(service) ?? []);
      const made = oneByOne(replicas, (plan, next) => runtime(plan, [...(before ?? []), ...next]));
      ofService.set(replicas[0]?.service ?? "", made);
      started.push(...made);
    }
    const gateways = oneByOne(gatewaysOf(topology), runtime);
    started.push(...gateways);
    if (topology.entry?.image != null) {
      const { entry } = topology;
      const args = { plan: entry, image: topology.entry.image };
      started.push(
        new RuntimeContainer(resourceName(topology, entry), context, args, {
          ...inside,
          dependsOn: gateways,
        }),
      );
    }
    const monitoring = new Monitoring("monitoring", context, inside);

    const containers: Container[] = [
      redis.container,
      ...started.map(({ container }) => container),
      ...[monitoring.prometheus, monitoring.grafana].filter((it) => it !== null),
    ];
    this.deployment = pulumi
      .all([image.id, pulumi.all(containers.map(({ container }) => container.id))])
      .apply(([runtimeImage]) =>
        describeDeployment(topology, runtimeImage, hashes(containers), engineHost),
      );
    this.blueprint = image.id.apply((runtimeImage): Blueprint => ({
      schemaVersion: 1,
      topology,
      files,
      runtimeImage,
    }));
    this.registerOutputs({ deployment: this.deployment });
  }
}

/**
 * Makes replicas from the last to the first, each after the one before it is healthy: at every moment of an update, and
 * when one becomes several or several become one, all but one of them are there.
 */
function oneByOne<Plan>(
  plans: readonly Plan[],
  make: (plan: Plan, before: readonly RuntimeContainer[]) => RuntimeContainer,
): RuntimeContainer[] {
  return plans.reduceRight<RuntimeContainer[]>(
    (made, plan) => [make(plan, made.slice(0, 1)), ...made],
    [],
  );
}

function hashes(containers: readonly Container[]): ReadonlyMap<string, string> {
  return new Map(containers.map(({ containerName, configHash }) => [containerName, configHash]));
}
