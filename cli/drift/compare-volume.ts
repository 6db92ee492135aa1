import { findingLabels } from "./compare-network.ts";
import type { DeployedVolume } from "./deployed.ts";
import { diffFacts, type DriftItem } from "./drift-item.ts";
import type { LiveVolume } from "./live.ts";

/** Every difference between a volume and what was deployed. None is mended: there is data in it. */
export function compareVolume(deployed: DeployedVolume, live: LiveVolume): DriftItem[] {
  const { driver, driverOpts, labels } = deployed.inputs;
  const expected = {
    driver: driver || "local",
    ...prefixed("option.", driverOpts ?? {}),
    ...prefixed("label.", findingLabels(labels ?? [])),
  };
  const actual = {
    driver: live.Driver,
    ...prefixed("option.", live.Options),
    ...prefixed("label.", live.Labels),
  };
  const compared = new Set([
    ...Object.keys(expected),
    // Options tell where the data is; a label more does no harm.
    ...Object.keys(actual).filter((it) => it.startsWith("option.")),
  ]);
  return diffFacts(expected, only(actual, compared)).map((it) => ({
    ...about(deployed),
    ...it,
    mend: "none",
  }));
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

function only(map: Readonly<Record<string, string>>, keys: ReadonlySet<string>) {
  return Object.fromEntries(
    Object.entries(map)
      .map(([k, v]) => [k, v] as const)
      .filter(([key]) => keys.has(key)),
  );
}

function prefixed(prefix: string, map: Readonly<Record<string, string>>) {
  return Object.fromEntries(Object.entries(map).map(([key, value]) => [`${prefix}${key}`, value]));
}
