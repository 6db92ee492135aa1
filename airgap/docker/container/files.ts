import { ResourceError } from "../../plugin/errors.ts";
import type { Properties } from "../../plugin/values.ts";
import { matching } from "../schema/checks.ts";
import { asBlocks, asBoolean, asMap, asText } from "../schema/read-values.ts";
import { BOOL, MAP, STRING, optional, required, setOf, withDefault } from "../schema/shape.ts";
import { MOUNTS, readMount, writeMount } from "./mounts.ts";
import type { ContainerTable } from "./spec.ts";

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
    shape: MOUNTS,
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
