import type { Properties, Value } from "../../plugin/values.ts";
import { asBlocks, asBoolean, asText, asTexts } from "../schema/read-values.ts";
import {
  BOOL,
  INT,
  STRING,
  STRING_SET,
  listOf,
  optional,
  required,
  setOf,
} from "../schema/shape.ts";
import { PORTS, portKey, readPorts, toBindings } from "./ports.ts";
import type { ContainerTable, LiveContainer } from "./spec.ts";

/** The name of the network that a container is on unless the program says otherwise. */
export const DEFAULT_NETWORK = "bridge";

/** Whom the container can reach, and who can reach it. */
export const NETWORKING: ContainerTable = {
  networkMode: {
    shape: STRING,
    change: "replace",
    default: DEFAULT_NETWORK,
    write: ({ body }, value) => (body.HostConfig.NetworkMode = asText(value)),
    read: (live) => live.HostConfig.NetworkMode ?? "",
  },
  // Connected one by one after the container has been made; see create.ts.
  networksAdvanced: {
    shape: setOf({
      name: required(STRING),
      aliases: optional(STRING_SET),
      ipv4Address: optional(STRING),
      ipv6Address: optional(STRING),
      linkLocalIps: optional(STRING_SET),
      macAddress: optional(STRING),
      gwPriority: optional(INT),
      driverOpts: optional(STRING_SET),
    }),
    change: "replace",
  },
  ports: {
    shape: PORTS,
    change: "replace",
    write: ({ body }, value) => {
      const ports = asBlocks(value);
      body.ExposedPorts = Object.fromEntries(ports.map((port) => [portKey(port), {}]));
      body.HostConfig.PortBindings = toBindings(ports);
    },
    // Ports of the image that nobody publishes are no concern of the program.
    read: (live, known) => (asBlocks(known).length === 0 ? [] : readPorts(live, asBlocks(known))),
  },
  publishAllPorts: {
    shape: BOOL,
    change: "replace",
    write: ({ body }, value) => (body.HostConfig.PublishAllPorts = asBoolean(value)),
    read: (live) => live.HostConfig.PublishAllPorts ?? false,
  },
  hosts: {
    shape: setOf({ host: required(STRING), ip: required(STRING) }),
    change: "replace",
    write: ({ body }, value) =>
      (body.HostConfig.ExtraHosts = asBlocks(value).map(
        (one) => `${asText(one["host"])}:${asText(one["ip"])}`,
      )),
    read: (live) => (live.HostConfig.ExtraHosts ?? []).map(readHost),
  },
  dns: {
    shape: STRING_SET,
    change: "replace",
    write: ({ body }, value) => (body.HostConfig.Dns = asTexts(value)),
    read: (live) => live.HostConfig.Dns ?? [],
  },
  dnsOpts: {
    shape: STRING_SET,
    change: "replace",
    write: ({ body }, value) => (body.HostConfig.DnsOptions = asTexts(value)),
    read: (live) => live.HostConfig.DnsOptions ?? [],
  },
  dnsSearches: {
    shape: STRING_SET,
    change: "replace",
    write: ({ body }, value) => (body.HostConfig.DnsSearch = asTexts(value)),
    read: (live) => live.HostConfig.DnsSearch ?? [],
  },
  bridge: { shape: STRING, change: "output", read: (live) => live.NetworkSettings.Bridge ?? "" },
  networkDatas: {
    shape: listOf({
      networkName: optional(STRING),
      gateway: optional(STRING),
      ipAddress: optional(STRING),
      ipPrefixLength: optional(INT),
      ipv6Gateway: optional(STRING),
      globalIpv6Address: optional(STRING),
      globalIpv6PrefixLength: optional(INT),
      macAddress: optional(STRING),
    }),
    change: "output",
    read: readNetworks,
  },
};

function readHost(entry: string): Properties {
  const colon = entry.indexOf(":");
  return { host: entry.slice(0, colon), ip: entry.slice(colon + 1) };
}

function readNetworks(live: LiveContainer): Value {
  const networks = Object.entries(live.NetworkSettings.Networks ?? {});
  return networks
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([name, endpoint]) => ({
      networkName: name,
      gateway: endpoint.Gateway,
      ipAddress: endpoint.IPAddress,
      ipPrefixLength: endpoint.IPPrefixLen,
      ipv6Gateway: endpoint.IPv6Gateway,
      globalIpv6Address: endpoint.GlobalIPv6Address,
      globalIpv6PrefixLength: endpoint.GlobalIPv6PrefixLen,
      macAddress: endpoint.MacAddress,
    }));
}
