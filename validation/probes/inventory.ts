import { labels } from "../../catalog/labels.ts";
import type { Probe } from "./probe.ts";

/** Lists everything on the engine that carries the stack's label, running or not. */
export const probeInventory: Probe<"inventory"> = async ({ deployment, engine, signal }) => {
  const filters = {
    label: [`${labels.project}=${deployment.project}`, `${labels.stack}=${deployment.stack}`],
  };
  const [containers, networks, volumes] = await Promise.all([
    engine.listContainers({ all: true, filters, abortSignal: signal }),
    engine.listNetworks({ filters, abortSignal: signal }),
    engine.listVolumes({ filters, abortSignal: signal }),
  ]);
  return {
    containers: containers
      .flatMap(({ Names: names }) => names.slice(0, 1).map((name) => name.replace(/^\//, "")))
      .sort(),
    networks: networks.map(({ Name: name }) => name).sort(),
    // An engine without any volume answers null.
    volumes: ((volumes.Volumes as typeof volumes.Volumes | null) ?? [])
      .map(({ Name: name }) => name)
      .sort(),
  };
};
