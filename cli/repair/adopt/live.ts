import type Docker from "dockerode";
import { ofStack } from "../../engine/stack-containers.ts";

/** A container on the engine, as far as it is compared with what the program asks for. */
export interface LiveContainer {
  readonly id: string;
  readonly name: string;
  readonly labels: Readonly<Record<string, string>>;
  /** What it was made from: the reference as it was given, and the image's id. */
  readonly image: string;
  readonly imageId: string;
}

export interface LiveNetwork {
  readonly id: string;
  readonly name: string;
  readonly driver: string;
  readonly internal: boolean;
  readonly subnets: readonly string[];
  readonly options: Readonly<Record<string, string>>;
}

export interface LiveStack {
  readonly containers: readonly LiveContainer[];
  readonly networks: readonly LiveNetwork[];
  /** Id of each image that a tag on the engine stands for. */
  readonly imageIds: ReadonlyMap<string, string>;
}

/** Asks the engine for the containers and networks of a stack. */
export async function liveStack(client: Docker, stack: string): Promise<LiveStack> {
  const filters = ofStack(stack);
  const [containers, networks, images] = await Promise.all([
    client.listContainers({ all: true, filters }),
    client.listNetworks({ filters }),
    client.listImages(),
  ]);
  return {
    containers: containers.map((it) => ({
      id: it.Id,
      name: (it.Names[0] ?? "").replace(/^\//, ""),
      labels: it.Labels,
      image: it.Image,
      imageId: it.ImageID,
    })),
    networks: networks.map((it) => ({
      id: it.Id,
      name: it.Name,
      driver: it.Driver,
      internal: it.Internal,
      subnets: (it.IPAM?.Config ?? []).map(({ Subnet }) => Subnet ?? ""),
      options: it.Options ?? {},
    })),
    imageIds: new Map(
      images.flatMap(({ Id, RepoTags }) => (RepoTags ?? []).map((tag) => [tag, Id] as const)),
    ),
  };
}
