import type Docker from "dockerode";
import { labels, projectName } from "../../catalog/labels.ts";

/** A container of a stack as the engine has it. */
export interface StackContainer {
  readonly name: string;
  /** As its label says: a part's or a service's name. */
  readonly service: string;
  readonly imageId: string;
  readonly configHash: string;
}

/** All containers of a stack, running or not, sorted by name. */
export async function stackContainers(client: Docker, stack: string): Promise<StackContainer[]> {
  const containers = await client.listContainers({
    all: true,
    filters: { label: [`${labels.project}=${projectName}`, `${labels.stack}=${stack}`] },
  });
  return containers
    .map(({ Names, ImageID, Labels }) => ({
      name: (Names[0] ?? "").replace(/^\//, ""),
      service: Labels[labels.service] ?? "",
      imageId: ImageID,
      configHash: Labels[labels.configHash] ?? "",
    }))
    .sort((a, b) => (a.name < b.name ? -1 : 1));
}
