import type { DeployedVolume } from "./deployed.ts";
import { diffFacts, prefixed, type DriftItem } from "./drift-item.ts";
import type { LiveVolume } from "./live.ts";
import { findingLabels } from "./stack-labels.ts";

/** Every difference between a volume and what was deployed. None is mended: there is data in it. */
export function compareVolume(deployed: DeployedVolume, live: LiveVolume): DriftItem[] {
  const { driver, driverOpts, labels } = deployed.inputs;
  const labelsToFind = findingLabels(labels);
  const expected = {
    driver: driver || "local",
    ...prefixed("option.", driverOpts ?? {}),
    ...prefixed("label.", labelsToFind),
  };
  const actual = {
    driver: live.Driver,
    ...prefixed("option.", live.Options),
    // A label more does no harm.
    ...prefixed(
      "label.",
      Object.fromEntries(Object.entries(live.Labels).filter(([label]) => label in labelsToFind)),
    ),
  };
  return diffFacts(expected, actual).map((it) => ({ ...about(deployed), ...it, mend: "none" }));
}

/** A volume that is not there at all; its data is lost. */
export function missingVolume(deployed: DeployedVolume): DriftItem {
  return {
    ...about(deployed),
    property: "volume",
    expected: "there",
    actual: "removed, with its data",
    mend: "create",
  };
}

function about({ urn, inputs }: DeployedVolume) {
  return { kind: "volume", name: inputs.name, urn } as const;
}
