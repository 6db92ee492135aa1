import type Docker from "dockerode";
import type { EngineObjects } from "./engine-objects.ts";

/**
 * Finds host ports that the engine takes for given away although no container has them. An engine that was ended while it
 * started a container brings the container's ports back when it starts again, and then forgets the container's place in
 * the network without giving the ports back; only another start clears them (seen with engine 20.10). Nothing in its API
 * tells, so every container of ours that was made and never started is started: where it is refused, a deploy would be.
 * Nothing is lost by that, since the deploy replaces or the repair removes it.
 */
export async function findStuckPorts(
  client: Docker,
  { containers }: Pick<EngineObjects, "containers">,
): Promise<number[]> {
  const neverStarted = containers.filter(({ state }) => state === "created");
  const refused = await Promise.all(neverStarted.map(({ id }) => refusedPort(client, id)));
  const ports = refused.filter((port) => port !== null);
  if (ports.length === 0) return [];
  const given = await client.listContainers();
  const published = new Set(given.flatMap(({ Ports }) => Ports.map((it) => it.PublicPort)));
  return ports.filter((port) => !published.has(port)).sort((a, b) => a - b);
}

/** @returns the port that the engine refuses to give; null when it started, or was refused for another reason */
async function refusedPort(client: Docker, id: string): Promise<number | null> {
  try {
    await client.getContainer(id).start();
    return null;
  } catch (error) {
    const { message } = error as Error;
    const port = /:(\d+) failed: port is already allocated/.exec(message)?.[1];
    return port === undefined ? null : Number(port);
  }
}
