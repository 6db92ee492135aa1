import * as docker from "@pulumi/docker";
import * as pulumi from "@pulumi/pulumi";
import type { Topology } from "../topology/topology.ts";

/**
 * The one image that gateway and services run. The code is bundled before the build, so no package manager runs in it,
 * and the build context is the bundles and a Dockerfile.
 */
export class RuntimeImage extends pulumi.ComponentResource {
  /** Image id: never a tag, so that a new build replaces the containers. */
  readonly id: pulumi.Output<string>;

  constructor(
    name: string,
    topology: Topology,
    context: string,
    opts: pulumi.ComponentResourceOptions,
  ) {
    super("astratrade:components:RuntimeImage", name, {}, opts);
    const image = new docker.Image(
      name,
      {
        imageName: topology.runtimeImageName,
        build: {
          context,
          dockerfile: `${context}/Dockerfile`,
          args: { BASE_IMAGE: topology.runtimeBaseImage },
        },
        // The engine that builds is the engine that runs; with nothing pushed, the digest is the image id.
        skipPush: true,
      },
      { parent: this },
    );
    this.id = image.repoDigest;
    this.registerOutputs({});
  }
}
