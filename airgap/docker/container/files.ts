import { ResourceError } from "../../plugin/errors.ts";
import type { Properties, Value } from "../../plugin/values.ts";
import { matching } from "../schema/checks.ts";
import { LABELS, labelsFromMap, labelsToMap } from "../schema/labels.ts";
import { asBlock, asBlocks, asBoolean, asMap, asNumber, asText } from "../schema/read-values.ts";
import {
  BOOL,
  INT,
  MAP,
  STRING,
  block,
  optional,
  required,
  setOf,
  withDefault,
} from "../schema/shape.ts";
import type { ContainerTable, Mount } from "./spec.ts";

/** The container's file system: what is mounted into it, and what is copied. */
export const FILES: ContainerTable = {
  readOnly: {
    shape: BOOL,
    change: "replace",
    default: false,
    write: ({ body }, value) => (body.HostConfig.ReadonlyRootfs = asBoolean(value)),
    read: (live) => live.HostConfig.ReadonlyRootfs ?? false,
  },
  mounts: {
    shape: setOf({
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
    }),
    change: "replace",
    write: ({ body }, value) => (body.HostConfig.Mounts = asBlocks(value).map(writeMount)),
    read: (live) => (live.HostConfig.Mounts ?? []).map(readMount),
  },
  volumes: {
    shape: setOf({
      containerPath: optional(STRING),
      volumeName: optional(STRING),
      hostPath: optional(STRING),
      fromContainer: optional(STRING),
      readOnly: optional(BOOL),
      selinuxRelabel: optional(matching(/^[zZ]$/)),
    }),
    change: "replace",
    write: ({ body }, value) => {
      for (const volume of asBlocks(value)) writeVolume(body, volume);
    },
  },
  tmpfs: {
    shape: MAP,
    change: "inert",
    write: ({ body }, value) => (body.HostConfig.Tmpfs = asMap(value)),
    read: (live) => live.HostConfig.Tmpfs ?? {},
  },
  // Copied into the container after it has been made; see uploads.ts.
  uploads: {
    shape: setOf({
      file: required(STRING),
      content: optional(STRING),
      contentBase64: optional(STRING),
      source: optional(STRING),
      sourceHash: optional(STRING),
      executable: withDefault(BOOL, false),
      permissions: optional(matching(/^0[0-7]{3}$/)),
      owner: optional(STRING),
      group: optional(STRING),
    }),
    change: "replace",
  },
};

function writeMount(mount: Properties): Mount {
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

function readMount(mount: Mount): Value {
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

type Body = Parameters<NonNullable<ContainerTable[string]["write"]>>[0]["body"];

/** One entry of `volumes`: all volumes of another container, a named volume, a path of the host, or an anonymous volume. */
function writeVolume(body: Body, volume: Properties): void {
  const [from, path, name, host] = ["fromContainer", "containerPath", "volumeName", "hostPath"].map(
    (field) => asText(volume[field]),
  ) as [string, string, string, string];
  if (from !== "") {
    (body.HostConfig.VolumesFrom ??= []).push(from);
    return;
  }
  if (path === "") {
    throw new ResourceError("Unable to create container: an entry of volumes has no containerPath");
  }
  const source = name !== "" ? name : host;
  if (source === "") {
    (body.Volumes ??= {})[path] = {};
    return;
  }
  const options = [asBoolean(volume["readOnly"]) ? "ro" : "rw", asText(volume["selinuxRelabel"])];
  (body.HostConfig.Binds ??= []).push(`${source}:${path}:${options.filter(Boolean).join(",")}`);
}
