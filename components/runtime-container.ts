import * as pulumi from "@pulumi/pulumi";
import type { ContainerPlan } from "../topology/topology.ts";
import { Container, type ContainerContext } from "./container.ts";
import type { Credentials } from "./credentials.ts";
import type { RuntimeImage } from "./runtime-image.ts";

/** The gateway or a service: our own image, with its Redis password. */
export class RuntimeContainer extends pulumi.ComponentResource {
  readonly container: Container;

  constructor(
    context: ContainerContext,
    plan: ContainerPlan,
    image: RuntimeImage,
    credentials: Credentials,
    opts: pulumi.ComponentResourceOptions,
  ) {
    super("astratrade:components:RuntimeContainer", plan.service, {}, opts);
    this.container = new Container(
      plan.service,
      context,
      {
        plan,
        image: image.id,
        secretEnv: { REDIS_PASSWORD: credentials.redisPassword(plan.service) },
      },
      { parent: this },
    );
    this.registerOutputs({});
  }
}
