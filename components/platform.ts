import * as pulumi from "@pulumi/pulumi";
import type { Deployment } from "../catalog/deployment.ts";
import type { Blueprint, GeneratedFiles } from "../topology/blueprint.ts";
import type { Topology } from "../topology/topology.ts";
import type { Container, ContainerContext } from "./container.ts";
import { Credentials } from "./credentials.ts";
import { describeDeployment } from "./describe-deployment.ts";
import { Monitoring } from "./monitoring.ts";
import { Networks } from "./networks.ts";
import { Redis } from "./redis.ts";
import { RuntimeContainer } from "./runtime-container.ts";
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
    const started = new Map<string, RuntimeContainer>();
    for (const plan of topology.services) {
      const before = plan.startAfter
        .map((service) => started.get(service))
        .filter((it) => it !== undefined);
      started.set(
        plan.service,
        new RuntimeContainer(context, plan, image, credentials, {
          ...inside,
          dependsOn: [redis, ...before],
        }),
      );
    }
    const gateway = new RuntimeContainer(context, topology.gateway, image, credentials, {
      ...inside,
      dependsOn: [redis],
    });
    const monitoring = new Monitoring("monitoring", context, inside);

    const containers: Container[] = [
      redis.container,
      ...[...started.values(), gateway].map(({ container }) => container),
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

function hashes(containers: readonly Container[]): ReadonlyMap<string, string> {
  return new Map(containers.map(({ containerName, configHash }) => [containerName, configHash]));
}
