import { ResourceError } from "../../plugin/errors.ts";
import type { Properties, Value } from "../../plugin/values.ts";
import {
  asBlock,
  asBlocks,
  asBoolean,
  asMap,
  asNumber,
  asText,
  asTexts,
} from "../schema/read-values.ts";
import {
  BOOL,
  INT,
  MAP,
  STRING,
  STRING_SET,
  block,
  optional,
  required,
  setOf,
} from "../schema/shape.ts";
import type { Shape } from "../schema/shape.ts";
import type { ContainerTable } from "./spec.ts";

/** `NET_ADMIN`, `CAP_NET_ADMIN` and `cap_net_admin` are one capability. */
const CAPABILITY: Shape = {
  ...STRING,
  canon: (value) => asText(value).toUpperCase().replace(/^CAP_/, ""),
};

const CAPABILITIES = { kind: "set", of: CAPABILITY } as const satisfies Shape;

/** What the container may do to the kernel and the devices. */
export const SECURITY: ContainerTable = {
  privileged: {
    shape: BOOL,
    change: "replace",
    write: ({ body }, value) => (body.HostConfig.Privileged = asBoolean(value)),
    read: (live) => live.HostConfig.Privileged ?? false,
  },
  capabilities: {
    shape: block({ adds: optional(CAPABILITIES), drops: optional(CAPABILITIES) }),
    change: "replace",
    write: ({ body }, value) => {
      const { adds, drops } = asBlock(value);
      body.HostConfig.CapAdd = asTexts(adds);
      body.HostConfig.CapDrop = asTexts(drops);
    },
    read: ({ HostConfig: { CapAdd, CapDrop } }) =>
      CapAdd?.length || CapDrop?.length ? { adds: CapAdd ?? [], drops: CapDrop ?? [] } : null,
  },
  securityOpts: {
    shape: STRING_SET,
    change: "replace",
    computed: true,
    write: ({ body }, value) => (body.HostConfig.SecurityOpt = asTexts(value)),
    read: (live) => live.HostConfig.SecurityOpt ?? [],
  },
  sysctls: {
    shape: MAP,
    change: "replace",
    write: ({ body }, value) => (body.HostConfig.Sysctls = asMap(value)),
    read: (live) => live.HostConfig.Sysctls ?? {},
  },
  usernsMode: {
    shape: STRING,
    change: "replace",
    write: ({ body }, value) => (body.HostConfig.UsernsMode = asText(value)),
    read: (live) => live.HostConfig.UsernsMode ?? "",
  },
  pidMode: {
    shape: STRING,
    change: "replace",
    write: ({ body }, value) => (body.HostConfig.PidMode = asText(value)),
    read: (live) => live.HostConfig.PidMode ?? "",
  },
  ipcMode: {
    shape: STRING,
    change: "replace",
    computed: true,
    write: ({ body }, value) => (body.HostConfig.IpcMode = asText(value)),
    read: (live) => live.HostConfig.IpcMode ?? "",
  },
  cgroupnsMode: {
    shape: STRING,
    change: "replace",
    write: ({ body }, value) => (body.HostConfig.CgroupnsMode = asText(value)),
  },
  runtime: {
    shape: STRING,
    change: "replace",
    computed: true,
    write: ({ body }, value) => (body.HostConfig.Runtime = asText(value)),
    read: (live) => live.HostConfig.Runtime ?? "",
  },
  devices: {
    shape: setOf({
      hostPath: required(STRING),
      containerPath: optional(STRING),
      permissions: optional(STRING),
    }),
    change: "replace",
    write: ({ body }, value) => (body.HostConfig.Devices = asBlocks(value).map(writeDevice)),
  },
  deviceCgroupRules: {
    shape: STRING_SET,
    change: "replace",
    write: ({ body }, value) => (body.HostConfig.DeviceCgroupRules = asTexts(value)),
  },
  deviceRequests: {
    shape: setOf({
      driver: optional(STRING),
      count: optional(INT),
      deviceIds: optional(STRING_SET),
      capabilities: optional(STRING_SET),
      options: optional(MAP),
    }),
    change: "replace",
    write: ({ body }, value) =>
      (body.HostConfig.DeviceRequests = [
        ...(body.HostConfig.DeviceRequests ?? []),
        ...asBlocks(value).map(writeRequest),
      ]),
  },
  gpus: {
    shape: STRING,
    change: "replace",
    write: ({ body }, value) =>
      (body.HostConfig.DeviceRequests = [
        ...(body.HostConfig.DeviceRequests ?? []),
        gpuRequest(value),
      ]),
  },
};

function writeDevice(device: Properties) {
  const host = asText(device["hostPath"]);
  return {
    PathOnHost: host,
    PathInContainer: asText(device["containerPath"]) || host,
    CgroupPermissions: asText(device["permissions"]) || "rwm",
  };
}

function writeRequest(request: Properties): object {
  return {
    Driver: asText(request["driver"]),
    Count: asNumber(request["count"]),
    DeviceIDs: asTexts(request["deviceIds"]),
    // The engine takes alternatives; the program can name one set only.
    Capabilities: [asTexts(request["capabilities"])],
    Options: asMap(request["options"]),
  };
}

function gpuRequest(value: Value): object {
  const count = value === "all" ? -1 : Number(value);
  if (!Number.isInteger(count) || count === 0) {
    throw new ResourceError(
      `Error setting gpus: '${asText(value)}' is neither 'all' nor a number of GPUs`,
    );
  }
  return { Driver: "", Count: count, Capabilities: [["gpu"]], Options: {} };
}
