import type { Properties, Value } from "../../plugin/values.ts";
import { matching } from "../schema/checks.ts";
import { LABELS, labelsFromMap, labelsToMap } from "../schema/labels.ts";
import { asBlock, asBoolean, asMap, asNumber, asText } from "../schema/read-values.ts";
import { BOOL, INT, MAP, STRING, block, optional, required, setOf } from "../schema/shape.ts";
import type { Mount } from "./host-config.ts";

/** What is mounted into a container: paths of the host, volumes, file systems in memory. */
export const MOUNTS = setOf({
  target: required(STRING),
  type: required(matching(/^(bind|volume|tmpfs)$/)),
  source: optional(STRING),
  readOnly: optional(BOOL),
  bindOptions: optional(
    block({
      propagation: optional(matching(/^(private|rprivate|shared|rshared|slave|rslave)$/)),
    }),
  ),
  volumeOptions: optional(
    block({
      noCopy: optional(BOOL),
      labels: optional(LABELS),
      driverName: optional(STRING),
      driverOptions: optional(MAP),
      subpath: optional(STRING),
    }),
  ),
  tmpfsOptions: optional(block({ sizeBytes: optional(INT), mode: optional(INT) })),
});

/** A mount in the engine's words. Options of another type than the mount's are left out. */
export function writeMount(mount: Properties): Mount {
  const written: Mount = { Type: asText(mount["type"]), Target: asText(mount["target"]) };
  const source = asText(mount["source"]);
  if (source !== "") written.Source = source;
  if (asBoolean(mount["readOnly"])) written.ReadOnly = true;
  const [bind, volume, tmpfs] = ["bindOptions", "volumeOptions", "tmpfsOptions"].map(
    (name) => mount[name],
  );
  if (written.Type === "bind" && bind != null) {
    written.BindOptions = { Propagation: asText(asBlock(bind)["propagation"]) };
  }
  if (written.Type === "volume" && volume != null)
    written.VolumeOptions = writeVolumeOptions(asBlock(volume));
  if (written.Type === "tmpfs" && tmpfs != null) {
    const options = asBlock(tmpfs);
    written.TmpfsOptions = {
      SizeBytes: asNumber(options["sizeBytes"]),
      Mode: asNumber(options["mode"]),
    };
  }
  return written;
}

function writeVolumeOptions(options: Properties): NonNullable<Mount["VolumeOptions"]> {
  const driver = asText(options["driverName"]);
  const driverOptions = asMap(options["driverOptions"]);
  const subpath = asText(options["subpath"]);
  return {
    NoCopy: asBoolean(options["noCopy"]),
    Labels: labelsToMap(options["labels"] ?? null),
    ...(subpath !== "" && { Subpath: subpath }),
    ...((driver !== "" || Object.keys(driverOptions).length > 0) && {
      DriverConfig: { Name: driver, Options: driverOptions },
    }),
  };
}

export function readMount(mount: Mount): Value {
  const { BindOptions, VolumeOptions, TmpfsOptions } = mount;
  return {
    target: mount.Target,
    type: mount.Type,
    source: mount.Source ?? "",
    readOnly: mount.ReadOnly ?? false,
    bindOptions: BindOptions ? { propagation: BindOptions.Propagation ?? "" } : null,
    volumeOptions: VolumeOptions
      ? {
          noCopy: VolumeOptions.NoCopy ?? false,
          labels: labelsFromMap(VolumeOptions.Labels),
          driverName: VolumeOptions.DriverConfig?.Name ?? "",
          driverOptions: VolumeOptions.DriverConfig?.Options ?? {},
          subpath: VolumeOptions.Subpath ?? "",
        }
      : null,
    tmpfsOptions: TmpfsOptions
      ? { sizeBytes: TmpfsOptions.SizeBytes ?? 0, mode: TmpfsOptions.Mode ?? 0 }
      : null,
  };
}
