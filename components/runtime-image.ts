import * as docker from "@pulumi/docker";
import * as pulumi from "@pulumi/pulumi";
import type { Topology } from "../topology/topology.ts";

/** Where our own image comes from: a build context, relative to the project, or an image that the engine has. */
export type RuntimeImageSource = { readonly context: string } | { readonly id: string };

/**
 * The one image that gateway and services run. The code is bundled before the build, so no package manager runs in it,
 * and the build context is the bundles and a Dockerfile. With an id nothing is built: the image is that of a release.
 */
export class RuntimeImage extends pulumi.ComponentResource {
  /** Image id: never a tag, so that a new build replaces the containers. */
  readonly id: pulumi.Output<string>;

  constructor(
    name: string,
    topology: Topology,
    source: RuntimeImageSource,
    opts: pulumi.ComponentResourceOptions,
  ) {
    super("astratrade:components:RuntimeImage", name, {}, opts);
    this.id = "id" in source ? pulumi.output(source.id) : this.#build(name, topology, source);
    this.registerOutputs({});
  }

  #build(
    name: string,
    { runtimeImageName, runtimeBaseImage }: Topology,
    { context }: { readonly context: string },
  ): pulumi.Output<string> {
    const image = new docker.Image(
      name,
      {
        imageName: runtimeImageName,
        build: {
          context,
          dockerfile: `${context}/Dockerfile`,
          args: { BASE_IMAGE: runtimeBaseImage },
        },
        // The engine that builds is the engine that runs; with nothing pushed, the digest is the image id.
        skipPush: true,
      },
      { parent: this },
    );
    return image.repoDigest;
  }
}
