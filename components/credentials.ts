import * as pulumi from "@pulumi/pulumi";
import * as random from "@pulumi/random";
import { createHash } from "node:crypto";
import type { Topology } from "../topology/topology.ts";
import { redisClientsOf } from "./redis-clients.ts";
import { defaultUser } from "./redis-config.ts";
import type { PasswordHashes } from "./secret-slots.ts";

/** The only producer of secrets: one Redis password for each client, the default user included. */
export class Credentials extends pulumi.ComponentResource {
  readonly #passwords = new Map<string, random.RandomPassword>();

  constructor(name: string, topology: Topology, opts: pulumi.ComponentResourceOptions) {
    super("astratrade:components:Credentials", name, {}, opts);
    for (const client of [defaultUser, ...redisClientsOf(topology)]) {
      this.#passwords.set(
        client,
        // Letters and digits only: 32 of them are 190 bits, and need no quoting anywhere.
        new random.RandomPassword(
          `redis-${client}`,
          { length: 32, special: false },
          { parent: this },
        ),
      );
    }
    this.registerOutputs({});
  }

  /** The Redis password of a client, a secret. */
  redisPassword(client: string): pulumi.Output<string> {
    const password = this.#passwords.get(client);
    if (password === undefined) throw new Error(`No Redis password is made for "${client}".`);
    return password.result;
  }

  /** The SHA-256 of each client's password, as Redis takes it in an ACL. Secret as well. */
  redisPasswordHashes(): pulumi.Output<PasswordHashes> {
    const hashes = [...this.#passwords].map(([client, password]) => [
      client,
      password.result.apply((text) => createHash("sha256").update(text).digest("hex")),
    ]);
    return pulumi.all(Object.fromEntries(hashes) as Record<string, pulumi.Output<string>>);
  }
}
