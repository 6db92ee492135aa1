import { compareContainer, missingContainer } from "./compare-container.ts";
import { compareNetwork, missingNetwork } from "./compare-network.ts";
import { compareVolume, missingVolume } from "./compare-volume.ts";
import type { Deployed } from "./deployed.ts";
import type { DriftItem } from "./drift-item.ts";
import type { Live } from "./look-at-engine.ts";
import type { Veil } from "./veil.ts";

export interface Showing {
  readonly veil: Veil;
  readonly plainVariables: ReadonlySet<string>;
}

/** Every difference between what was deployed and what is there, sorted by kind, name and property. */
export function compareStack(deployed: Deployed, live: Live, showing: Showing): DriftItem[] {
  const networkIds = new Map(
    [...live.networks].flatMap(([name, it]) => (it === null ? [] : [[name, it.Id] as const])),
  );
  const containers = deployed.containers.flatMap((it) => {
    const found = live.containers.get(it) ?? null;
    if (found === null) return [missingContainer(it)];
    return compareContainer({
      deployed: it,
      live: found,
      wantedImage: live.images.get(it.inputs.image) ?? null,
      liveImage: live.images.get(found.Image) ?? null,
      networkIds,
      files: live.files.get(it) ?? new Map(),
      ...showing,
    });
  });
  const members = new Set([
    ...live.labelled,
    ...deployed.containers.flatMap(({ id, inputs }) => [id, inputs.name]),
  ]);
  const networks = deployed.networks.flatMap((it) => {
    const found = live.networks.get(it.inputs.name) ?? null;
    return found === null ? [missingNetwork(it)] : compareNetwork(it, found, members);
  });
  const volumes = deployed.volumes.flatMap((it) => {
    const found = live.volumes.get(it.inputs.name) ?? null;
    return found === null ? [missingVolume(it)] : compareVolume(it, found);
  });
  return [containers, networks, volumes].flatMap((items) =>
    items.toSorted((a, b) => order(a.name, b.name) || order(a.property, b.property)),
  );
}

function order(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
