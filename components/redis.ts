import * as pulumi from "@pulumi/pulumi";
import { redisAclFor } from "../catalog/redis-acl.ts";
import type { ServiceName } from "../catalog/services.ts";
import type { Topology } from "../topology/topology.ts";
import { Container, type ContainerContext } from "./container.ts";
import { redisClients, type Credentials } from "./credentials.ts";
import { defaultUser, redisConfig } from "./redis-config.ts";

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
        secretUploads: [
          {
            file: "/usr/local/etc/redis/redis.conf",
            content: credentials
              .redisPasswordHashes()
              .apply((hashes) => configText(context.topology, hashes)),
            fingerprint: configText(context.topology, {}),
          },
        ],
      },
      { parent: this },
    );
    this.registerOutputs({});
  }
}

function configText(topology: Topology, hashes: Readonly<Record<string, string>>): string {
  return redisConfig({
    memoryMb: topology.redis.memoryMb,
    defaultHash: hashes[defaultUser] ?? "",
    users: Object.fromEntries(
      redisClients(topology).map(({ service }) => [
        service,
        { acl: redisAclFor(service as ServiceName | "gateway"), hash: hashes[service] ?? "" },
      ]),
    ),
  });
}
