import type Docker from "dockerode";
import { labels, projectName } from "../../catalog/labels.ts";
import { isNotFound } from "../../validation/probes/not-found.ts";
import { selfCheckLabel } from "../../validation/probes/self-check.ts";
import { ofStack } from "../engine/stack-containers.ts";

export interface EngineContainer {
  readonly id: string;
  readonly name: string;
  /** `created`, `running`, `exited`, `removing`, `dead`, … */
  readonly state: string;
}

/** A container's place in a network, as the network has it. */
export interface EngineEndpoint {
  /** Name of the container. */
  readonly name: string;
  /** Id of the container; an engine that was killed leaves others. */
  readonly container: string;
}

export interface EngineNetwork {
  readonly id: string;
  readonly name: string;
  readonly endpoints: readonly EngineEndpoint[];
}

/** What an engine has of a stack, by its labels. Volumes are left out: nothing here may touch one. */
export interface EngineObjects {
  readonly containers: readonly EngineContainer[];
  readonly networks: readonly EngineNetwork[];
  /** Containers in which a validation looked at the image; it removes them itself, unless it is killed. */
  readonly selfChecks: readonly EngineContainer[];
  /** Ids of all containers of the engine, whosever they are. */
  readonly everyContainer: ReadonlySet<string>;
}

/** A self-check takes seconds; one that is older belongs to nobody any more. */
const selfCheckIsOldAfterMs = 2 * 60_000;

/** Asks the engine for what it has of a stack. */
export async function engineObjects(client: Docker, stack: string): Promise<EngineObjects> {
  const [all, networks] = await Promise.all([
    client.listContainers({ all: true }),
    client.listNetworks({ filters: ofStack(stack) }),
  ]);
  const ours = all.filter(({ Labels }) => Labels[labels.project] === projectName);
  return {
    containers: ours.filter((it) => it.Labels[labels.stack] === stack).map(describe),
    selfChecks: ours
      .filter((it) => it.Labels[selfCheckLabel] === stack)
      .filter(({ Created }) => Date.now() - Created * 1000 > selfCheckIsOldAfterMs)
      .map(describe),
    networks: (await Promise.all(networks.map(({ Id }) => inspectNetwork(client, Id)))).filter(
      (it) => it !== null,
    ),
    everyContainer: new Set(all.map(({ Id }) => Id)),
  };
}

function describe({ Id, Names, State }: Docker.ContainerInfo): EngineContainer {
  return { id: Id, name: (Names[0] ?? Id).replace(/^\//, ""), state: State };
}

async function inspectNetwork(client: Docker, id: string): Promise<EngineNetwork | null> {
  try {
    const { Name, Containers } = await client.getNetwork(id).inspect();
    const endpoints = Object.entries(Containers ?? {}).map(([container, { Name: name }]) => ({
      container,
      name,
    }));
    return { id, name: Name, endpoints };
  } catch (error) {
    if (isNotFound(error)) return null;
    throw error;
  }
}
