import * as docker from "@pulumi/docker";
import * as pulumi from "@pulumi/pulumi";
import type { GeneratedFiles } from "../topology/blueprint.ts";
import type { ContainerPlan, Topology } from "../topology/topology.ts";
import { configHash, containerSpec, resourceLabels } from "./container-spec.ts";
import type { Networks } from "./networks.ts";
import { fillSlots, hasSlots, type PasswordHashes } from "./secret-slots.ts";
import type { Volumes } from "./volumes.ts";

/** What all containers of a stack share. */
export interface ContainerContext {
  readonly topology: Topology;
  /** Every container's generated configuration, with places where secrets go. */
  readonly files: GeneratedFiles;
  readonly networks: Networks;
  readonly volumes: Volumes;
}

export interface ContainerArgs {
  readonly plan: ContainerPlan;
  /** Image id or reference. */
  readonly image: pulumi.Input<string>;
  /** Environment beyond the plan's: the secrets. */
  readonly secretEnv?: Readonly<Record<string, pulumi.Input<string>>>;
  /** What goes into the places for secrets in the container's files. */
  readonly passwordHashes?: pulumi.Output<PasswordHashes>;
}

/**
 * The one way a container is made: the recipe of `containerSpec`, in the plan's networks, with its files and labels. It is
 * created when its health check passes.
 */
export class Container extends pulumi.ComponentResource {
  /** Name on the engine. */
  readonly containerName: string;
  readonly configHash: string;
  readonly container: docker.Container;

  constructor(
    name: string,
    context: ContainerContext,
    args: ContainerArgs,
    opts: pulumi.ComponentResourceOptions,
  ) {
    super("astratrade:components:Container", name, {}, opts);
    const { plan, secretEnv = {} } = args;
    const files = context.files[plan.service] ?? [];
    this.containerName = plan.name;
    this.configHash = configHash(plan, files);
    const env = { ...plan.env, ...secretEnv };
    this.container = new docker.Container(
      name,
      {
        ...containerSpec(plan),
        image: args.image,
        envs: Object.entries(env)
          .sort(([a], [b]) => (a < b ? -1 : 1))
          .map(([key, value]) => pulumi.interpolate`${key}=${value}`),
        ...(files.length === 0
          ? {}
          : {
              // World-readable: the engine makes uploaded files root's, and no container here runs as root.
              uploads: files.map(({ file, content }) => ({
                file,
                content: withSecrets(content, args.passwordHashes),
                permissions: "0444",
              })),
            }),
        ...(plan.volume === null
          ? {}
          : {
              volumes: [
                {
                  volumeName: context.volumes.name(plan.volume.key),
                  containerPath: plan.volume.containerPath,
                },
              ],
            }),
        networksAdvanced: [...plan.networks].sort().map((key) => ({
          name: context.networks.name(key),
          aliases: [plan.name, ...plan.aliases, ...(plan.networkAliases[key] ?? [])],
        })),
        labels: resourceLabels(context.topology, {
          service: plan.service,
          configHash: this.configHash,
        }),
      },
      {
        parent: this,
        deleteBeforeReplace: true,
        // The provider takes these for changes in place and then changes nothing; `#initerror` makes a container that
        // never got healthy be replaced instead of passing the next time.
        replaceOnChanges: ["#initerror", "healthcheck", "init", "tmpfs", "cpuPeriod", "cpuQuota"],
        customTimeouts: {
          create: `${plan.healthTimeoutSeconds + 60}s`,
          delete: `${plan.stopGraceSeconds + 60}s`,
        },
      },
    );
    this.registerOutputs({});
  }
}

/** A file without places stays plain text, which a preview can show. */
function withSecrets(
  content: string,
  hashes: pulumi.Output<PasswordHashes> | undefined,
): pulumi.Input<string> {
  if (!hasSlots(content)) return content;
  return hashes === undefined
    ? fillSlots(content, {})
    : hashes.apply((known) => fillSlots(content, known));
}
