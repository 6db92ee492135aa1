import type Docker from "dockerode";
import { labels, projectName } from "../../catalog/labels.ts";

/** Filter of the engine's lists for what is a stack's: containers, networks and volumes carry its labels. */
export function ofStack(stack: string): { label: string[] } {
  return { label: [`${labels.project}=${projectName}`, `${labels.stack}=${stack}`] };
}

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
  const containers = await client.listContainers({ all: true, filters: ofStack(stack) });
  return containers
    .map(({ Names, ImageID, Labels }) => ({
      name: (Names[0] ?? "").replace(/^\//, ""),
      service: Labels[labels.service] ?? "",
      imageId: ImageID,
      configHash: Labels[labels.configHash] ?? "",
    }))
    .sort((a, b) => (a.name < b.name ? -1 : 1));
}
