import type Docker from "dockerode";
import { labels, projectName } from "../../catalog/labels.ts";

/** Names of all containers of a stack, running or not, by their labels. */
export async function containersOfStack(client: Docker, stack: string): Promise<string[]> {
  const containers = await client.listContainers({
    all: true,
    filters: { label: [`${labels.project}=${projectName}`, `${labels.stack}=${stack}`] },
  });
  return containers.map(({ Names }) => (Names[0] ?? "").replace(/^\//, "")).sort();
}
