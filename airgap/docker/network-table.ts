import { UNKNOWN } from "../plugin/values.ts";
import type { Properties, Value } from "../plugin/values.ts";
import { isZero } from "./schema/canon.ts";
import { LABELS, labelsFromMap, labelsToMap } from "./schema/labels.ts";
import { asBlocks, asBoolean, asMap, asText } from "./schema/read-values.ts";
import { BOOL, MAP, STRING, optional, setOf } from "./schema/shape.ts";
import type { Table } from "./schema/shape.ts";

/** The body of the request that creates a network. */
export interface NetworkSpec {
  Name: string;
  /** Older engines make a second network of the same name otherwise. */
  readonly CheckDuplicate: true;
  Driver?: string;
  Internal?: boolean;
  Attachable?: boolean;
  Ingress?: boolean;
  EnableIPv6?: boolean;
  Options?: Record<string, string>;
  Labels?: Record<string, string>;
  readonly IPAM: { Driver?: string; Options?: Record<string, string>; Config?: IpamConfig[] };
}

interface IpamConfig {
  readonly Subnet?: string;
  readonly Gateway?: string;
  readonly IPRange?: string;
  readonly AuxiliaryAddresses?: Record<string, string>;
}

/** A network as the engine describes it. */
export interface LiveNetwork {
  readonly Id: string;
  readonly Name: string;
  readonly Driver: string;
  readonly Scope: string;
  readonly Internal: boolean;
  readonly Attachable: boolean;
  readonly Ingress: boolean;
  readonly EnableIPv6: boolean;
  readonly Options: Record<string, string> | null;
  readonly Labels: Record<string, string> | null;
  readonly IPAM?: {
    Driver?: string;
    Options?: Record<string, string> | null;
    Config?: IpamConfig[] | null;
  };
  readonly Containers?: Record<string, { readonly Name: string }>;
}

/** A network of the engine. Nothing of it can be changed in place. */
export const NETWORK: Table<NetworkSpec, LiveNetwork> = {
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
  internal: {
    shape: BOOL,
    change: "replace",
    computed: true,
    write: (spec, value) => (spec.Internal = asBoolean(value)),
    read: (live) => live.Internal,
  },
  attachable: {
    shape: BOOL,
    change: "replace",
    write: (spec, value) => (spec.Attachable = asBoolean(value)),
    read: (live) => live.Attachable,
  },
  ingress: {
    shape: BOOL,
    change: "replace",
    write: (spec, value) => (spec.Ingress = asBoolean(value)),
    read: (live) => live.Ingress,
  },
  ipv6: {
    shape: BOOL,
    change: "replace",
    write: (spec, value) => (spec.EnableIPv6 = asBoolean(value)),
    read: (live) => live.EnableIPv6,
  },
  ipamDriver: {
    shape: STRING,
    change: "replace",
    default: "default",
    write: (spec, value) => (spec.IPAM.Driver = asText(value)),
    read: (live) => live.IPAM?.Driver ?? null,
  },
  ipamOptions: {
    shape: MAP,
    change: "replace",
    write: (spec, value) => (spec.IPAM.Options = asMap(value)),
    read: (live) => live.IPAM?.Options ?? {},
  },
  ipamConfigs: {
    shape: setOf({
      subnet: optional(STRING),
      gateway: optional(STRING),
      ipRange: optional(STRING),
      auxAddress: optional(MAP),
    }),
    change: "replace",
    computed: true,
    write: (spec, value) => (spec.IPAM.Config = asBlocks(value).map(writeIpamConfig)),
    read: (live, known) => readIpamConfigs(live.IPAM?.Config ?? [], known),
  },
  options: {
    shape: MAP,
    change: "replace",
    computed: true,
    write: (spec, value) => (spec.Options = asMap(value)),
    read: (live) => live.Options ?? {},
  },
  labels: {
    shape: LABELS,
    change: "replace",
    write: (spec, value) => (spec.Labels = labelsToMap(value)),
    read: (live) => labelsFromMap(live.Labels),
  },
  scope: { shape: STRING, change: "output", read: (live) => live.Scope },
};

function writeIpamConfig(config: Properties): IpamConfig {
  const [subnet, gateway, ipRange] = [config["subnet"], config["gateway"], config["ipRange"]].map(
    asText,
  );
  const auxAddress = asMap(config["auxAddress"]);
  return {
    ...(subnet && { Subnet: subnet }),
    ...(gateway && { Gateway: gateway }),
    ...(ipRange && { IPRange: ipRange }),
    ...(!isZero(auxAddress) && { AuxiliaryAddresses: auxAddress }),
  };
}

/**
 * The engine may fill in a gateway that the program has left out. A configuration that agrees with
 * the known one in all that the known one says stays as it is known.
 */
function readIpamConfigs(configs: readonly IpamConfig[], known: Value): Value {
  return configs.map(readIpamConfig).map((found) => {
    const agrees = (one: Properties) =>
      Object.entries(one).every(([name, value]) => isZero(value) || isEqual(value, found[name]));
    return asBlocks(known === UNKNOWN ? null : known).find(agrees) ?? found;
  });
}

function readIpamConfig(config: IpamConfig): Properties {
  return {
    subnet: config.Subnet ?? "",
    gateway: config.Gateway ?? "",
    ipRange: config.IPRange ?? "",
    auxAddress: config.AuxiliaryAddresses ?? {},
  };
}

function isEqual(a: Value, b: Value | undefined): boolean {
  return JSON.stringify(a) === JSON.stringify(b);
}
