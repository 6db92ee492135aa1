import { setTimeout as delay } from "node:timers/promises";
import type Docker from "dockerode";
import { tolerating } from "../engine/tolerating.ts";
import { UserError } from "../setup/user-error.ts";
import type { EngineContainer, EngineNetwork } from "./engine-objects.ts";
import { endLeftProcesses } from "./left-processes.ts";

/** How long the engine may take for a removal that it is in the middle of already. */
const removedWithinMs = 30_000;
const pollMs = 200;

/**
 * Stops a container, within the grace that it was made with, and removes it. Volumes with a name stay; those without one
 * belong to the container alone and go with it, as in every other removal.
 */
export async function removeContainer(
  client: Docker,
  { id, name }: EngineContainer,
): Promise<void> {
  const container = client.getContainer(id);
  // 500 is what half-removed things answer; whether it worked is looked at afterwards.
  await tolerating([304, 404, 409, 500], container.stop());
  const giveUpAt = performance.now() + removedWithinMs;
  while (await isStillThere(container)) {
    if (performance.now() > giveUpAt) throw notRemoved(name);
    await tolerating([404, 409, 500], container.remove({ force: true, v: true }));
    if (await isStillThere(container)) await delay(pollMs);
  }
  endLeftProcesses(id);
}

function notRemoved(name: string): UserError {
  return new UserError(
    `The engine does not remove container ${name}: \`docker rm -f ${name}\` says why. Restarting the engine helps, ` +
      "where the removal has hung.",
  );
}

/** Takes everything out of a network, also what an engine that was killed has forgotten there, and removes it. */
export async function removeNetwork(client: Docker, network: EngineNetwork): Promise<void> {
  for (const { name } of network.endpoints) await freeEndpoint(client, network, name);
  await tolerating([404], client.getNetwork(network.id).remove());
}

export async function freeEndpoint(
  client: Docker,
  network: Pick<EngineNetwork, "id">,
  name: string,
): Promise<void> {
  await tolerating(
    [404, 500],
    client.getNetwork(network.id).disconnect({ Container: name, Force: true }),
  );
}

async function isStillThere(container: Docker.Container): Promise<boolean> {
  return await tolerating([404], container.inspect());
}
