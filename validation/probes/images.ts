import { probedItems, type Probe } from "./probe.ts";

/** Resolves every image the deployment names to the id it has on the engine now. */
export const probeImages: Probe<"images"> = ({ deployment, engine, signal }) => {
  const references = new Set([
    deployment.runtimeImage,
    ...deployment.containers.map(({ image }) => image),
  ]);
  return probedItems(
    [...references],
    async (reference) => {
      const {
        Id: id,
        Architecture: architecture,
        Size: sizeBytes,
      } = await engine.getImage(reference).inspect();
      return { id, architecture, sizeBytes };
    },
    { deadlineMs: 10_000, signal },
  );
};
