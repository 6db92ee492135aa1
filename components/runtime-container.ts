import * as pulumi from "@pulumi/pulumi";
import type { ContainerPlan, Topology } from "../topology/topology.ts";
import { Container, type ContainerArgs, type ContainerContext } from "./container.ts";
import type { Credentials } from "./credentials.ts";
import type { RuntimeImage } from "./runtime-image.ts";

/**
 * A container that requests go through: a gateway, a service, or the entry before several gateways. All are resources of
 * one type and differ in their name, so that the one that publishes the gateway's port can always be the resource
 * `gateway`: it is deleted before it is made anew, and the port is free, whether a gateway follows on a gateway, an entry
 * on a gateway, or a gateway on an entry.
 */
export class RuntimeContainer extends pulumi.ComponentResource {
  readonly container: Container;

  constructor(
    name: string,
    context: ContainerContext,
    args: ContainerArgs,
    opts: pulumi.ComponentResourceOptions,
  ) {
    super("astratrade:components:RuntimeContainer", name, {}, opts);
    this.container = new Container(name, context, args, { parent: this });
    this.registerOutputs({});
  }
}

/** Our own image, with its Redis password. All replicas of a service are one client of Redis. */
export function runtimeArgs(
  plan: ContainerPlan,
  image: RuntimeImage,
  credentials: Credentials,
): ContainerArgs {
  return {
    plan,
    image: image.id,
    secretEnv: { REDIS_PASSWORD: credentials.redisPassword(plan.service) },
  };
}

/**
 * Name in the program. The first replica has the service's own, which is also the name of a single one: there is always
 * one, and where it publishes a port or changes its name it is replaced in place. Of several gateways none publishes the
 * port, and the name is the entry's.
 */
export function resourceName(
  { entry }: Pick<Topology, "entry">,
  { role, service, replica }: Pick<ContainerPlan, "role" | "service" | "replica">,
): string {
  if (role === "entry") return "gateway";
  const isPlain = replica === 1 && !(role === "gateway" && entry !== null);
  return isPlain ? service : `${service}-${replica}`;
}
