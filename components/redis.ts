import * as pulumi from "@pulumi/pulumi";
import { Container, type ContainerContext } from "./container.ts";
import type { Credentials } from "./credentials.ts";
import { defaultUser } from "./redis-config.ts";

/** Redis with its configuration, its users and its volume. */
export class Redis extends pulumi.ComponentResource {
  readonly container: Container;

  constructor(
    name: string,
    context: ContainerContext,
    credentials: Credentials,
    opts: pulumi.ComponentResourceOptions,
  ) {
    super("astratrade:components:Redis", name, {}, opts);
    const { redis } = context.topology;
    if (redis.image === null) throw new Error("Redis has no image in the topology.");
    this.container = new Container(
      name,
      context,
      {
        plan: redis,
        image: redis.image,
        // `redis-cli` in the container takes its password from here: the health check's and the operator's `ping`.
        secretEnv: { REDISCLI_AUTH: credentials.redisPassword(defaultUser) },
        passwordHashes: credentials.redisPasswordHashes(),
      },
      { parent: this },
    );
    this.registerOutputs({});
  }
}
