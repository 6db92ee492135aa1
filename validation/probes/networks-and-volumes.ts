import type { NetworkFacts, VolumeFacts } from "../evidence.ts";
import { isNotFound } from "./not-found.ts";
import { probedItems, type Probe } from "./probe.ts";

/** Inspects every network of the deployment. */
export const probeNetworks: Probe<"networks"> = ({ deployment, engine, signal }) =>
  probedItems(
    deployment.networks.map(({ name }) => name),
    async (name): Promise<NetworkFacts> => {
      try {
        const info = (await engine.getNetwork(name).inspect()) as NetworkInfo;
        return {
          exists: true,
          internal: info.Internal,
          members: Object.values(info.Containers ?? {})
            .map((member) => member.Name)
            .sort(),
          labels: info.Labels ?? {},
        };
      } catch (error) {
        if (!isNotFound(error)) throw error;
        return { exists: false, internal: false, members: [], labels: {} };
      }
    },
    { deadlineMs: 10_000, signal },
  );

/** Inspects every volume of the deployment. */
export const probeVolumes: Probe<"volumes"> = ({ deployment, engine, signal }) =>
  probedItems(
    deployment.volumes.map(({ name }) => name),
    async (name): Promise<VolumeFacts> => {
      try {
        const info = (await engine.getVolume(name).inspect()) as VolumeInfo;
        return {
          exists: true,
          driver: info.Driver,
          createdAt: info.CreatedAt ?? null,
          labels: info.Labels ?? {},
        };
      } catch (error) {
        if (!isNotFound(error)) throw error;
        return { exists: false, driver: "", createdAt: null, labels: {} };
      }
    },
    { deadlineMs: 10_000, signal },
  );

interface NetworkInfo {
  readonly Internal: boolean;
  readonly Containers?: Readonly<Record<string, { readonly Name: string }>> | null;
  readonly Labels?: Readonly<Record<string, string>> | null;
}

interface VolumeInfo {
  readonly Driver: string;
  readonly CreatedAt?: string;
  readonly Labels?: Readonly<Record<string, string>> | null;
}
