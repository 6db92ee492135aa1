import type Docker from "dockerode";
import type { EngineContainer, EngineObjects } from "./engine-objects.ts";

/** A container that was made and never started, and that the engine does not start now either. */
export interface Refusal {
  readonly container: EngineContainer;
  /** The host port that the engine says it has given away; null for any other reason. */
  readonly port: number | null;
}

/**
 * Starts every container of ours that was made and never started. Each was left by a start that broke off, and an engine
 * that was ended in the middle of one may refuse that container for ever: its task is there already, or its port is held.
 * Nothing in the engine's API tells beforehand. A start does no harm, since the deploy mends, replaces or removes it.
 */
export async function tryStarts(
  client: Docker,
  { containers }: Pick<EngineObjects, "containers">,
): Promise<Refusal[]> {
  const neverStarted = containers.filter(({ state }) => state === "created");
  const refusals = await Promise.all(
    neverStarted.map(async (container): Promise<Refusal | null> => {
      try {
        await client.getContainer(container.id).start();
        return null;
      } catch (error) {
        const { message } = error as Error;
        const port = /:(\d+) failed: port is already allocated/.exec(message)?.[1];
        return { container, port: port === undefined ? null : Number(port) };
      }
    }),
  );
  return refusals.filter((it) => it !== null);
}

/**
 * Finds host ports that the engine takes for given away although no container has them. An engine that was ended while it
 * started a container brings the container's ports back when it starts again, and then forgets the container's place in
 * the network without giving the ports back; only another start clears them (seen with engine 20.10).
 */
export async function stuckPorts(client: Docker, refusals: readonly Refusal[]): Promise<number[]> {
  const ports = refusals.map(({ port }) => port).filter((port) => port !== null);
  if (ports.length === 0) return [];
  const running = await client.listContainers();
  const published = new Set(running.flatMap(({ Ports }) => Ports.map((it) => it.PublicPort)));
  return ports.filter((port) => !published.has(port)).sort((a, b) => a - b);
}
