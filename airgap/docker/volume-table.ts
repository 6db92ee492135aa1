import { LABELS, labelsFromMap, labelsToMap } from "./schema/labels.ts";
import { asMap, asText } from "./schema/read-values.ts";
import { MAP, STRING } from "./schema/shape.ts";
import type { Table } from "./schema/shape.ts";

/** The body of the request that creates a volume. */
export interface VolumeSpec {
  Name: string;
  Driver?: string;
  DriverOpts?: Record<string, string>;
  Labels?: Record<string, string>;
}

/** A volume as the engine describes it. */
export interface LiveVolume {
  readonly Name: string;
  readonly Driver: string;
  readonly Mountpoint: string;
  readonly Options: Record<string, string> | null;
  readonly Labels: Record<string, string> | null;
}

/** A volume of the engine. Nothing of it can be changed in place. */
export const VOLUME: Table<VolumeSpec, LiveVolume> = {
  name: {
    shape: STRING,
    change: "replace",
    required: true,
    write: (spec, value) => (spec.Name = asText(value)),
    read: (live) => live.Name,
  },
  driver: {
    shape: STRING,
    change: "replace",
    computed: true,
    write: (spec, value) => (spec.Driver = asText(value)),
    read: (live) => live.Driver,
  },
  driverOpts: {
    shape: MAP,
    change: "replace",
    write: (spec, value) => (spec.DriverOpts = asMap(value)),
    read: (live) => live.Options ?? {},
  },
  labels: {
    shape: LABELS,
    change: "replace",
    write: (spec, value) => (spec.Labels = labelsToMap(value)),
    read: (live) => labelsFromMap(live.Labels),
  },
  mountpoint: { shape: STRING, change: "output", read: (live) => live.Mountpoint },
};
